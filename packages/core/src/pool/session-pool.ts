import type { CaptureOptions, SendTextOptions, SendTextResult } from '../contracts/session-host.ts'
import type { DiscoveryReport } from '../discovery/discovery-report.ts'
import type { JsonObject } from '../record/session-metadata.ts'
import type { SelectionExplanation } from '../selection/explain.ts'
import type { SwitchSelection } from '../selection/parse-selection.ts'
import type { PoolEventName, PoolEvents } from '../sessions/events.ts'
import type { SessionView } from '../sessions/session.ts'
import type { StopReport, TerminateReport } from './lifecycle.ts'
import type { PoolStats } from './stats.ts'
import type { PersistenceStatus } from './stores/persistence.ts'
import type { SwitchOptions, SwitchReport } from './stores/switch-options.ts'
import type { ReadySession } from './verbs/get-or-create-session.ts'
import type { GetOrCreateOptions } from './verbs/launch-options.ts'
import type { AttributesPatch, OpenRequest, TouchPatch } from './verbs/requests.ts'
import type { Saved } from './verbs/save-session-metadata.ts'

/** How a pool stands: its sessions in numbers, its stores, and why these stores. Plain JSON, without credentials. */
export interface PoolStatus {
  readonly sessions: PoolStats
  readonly persistence: PersistenceStatus
  readonly selection: SelectionExplanation
}

/**
 * The sessions of one gateway, and what is known of them. What it hands out is frozen; a session that has not changed is
 * shown as the same object.
 *
 * A *request* (trackRequest*, beginRequest, withRequest, touch, getSession, listSessions, status, and getOrCreateSession of
 * a session that exists) is served from memory: it neither waits for a store nor fails because of one.
 * After `stop()`, asynchronous verbs reject with `POOL_STOPPED`, and the synchronous ones that change something give false.
 */
export interface SessionPool<Attributes = JsonObject> extends AsyncDisposable {
  /**
   * Attaches the stores, discovers what lives, and starts the timers. Another call gives the outcome of the first. A store
   * or a host that is down does not make it reject: it is tried again behind it.
   * @throws A `ConfigError` for what can never work, `POOL_STOPPED` after `stop()`.
   * @example `await pool.start()`
   */
  start(): Promise<void>

  /**
   * The living session of a workspace; it is made if there is none. `created` says which.
   * @throws `INVALID_WORKSPACE`, `SESSION_LIMIT`, `SESSION_DRAINING`, `SESSION_NOT_READY`, `SESSION_FOREIGN`,
   * `INVALID_ATTRIBUTES`, `HOST_UNAVAILABLE`, `POOL_STOPPED`, `POOL_READ_ONLY`; `CONFIG_INVALID` for an option that is none;
   * a `HostError` for what the host refused; a `TypeError` for values of the wrong type.
   * @example `const { created } = await pool.getOrCreateSession('docs', { cwd: '/srv/docs', command: ['my-agent'] })`
   */
  getOrCreateSession(workspace: string, options?: GetOrCreateOptions<Attributes>): Promise<ReadySession<Attributes>>
  /** The sessions in memory. @example `for (const { workspace, totalRequests } of pool.listSessions()) console.log(workspace, totalRequests)` */
  listSessions(): SessionView<Attributes>[]
  /** The session of a workspace in memory; undefined where there is none. @example `pool.getSession('docs')?.lastActivityAt` */
  getSession(workspace: string): SessionView<Attributes> | undefined
  /** How the pool stands: the numbers of {@link SessionPool.getStats}, and what {@link SessionPool.persistence} and {@link SessionPool.explain} say. @example `console.log(JSON.stringify(pool.status()))` */
  status(): PoolStatus
  /** The pool in numbers. @example `pool.getStats().activeSessions` */
  getStats(): PoolStats

  /**
   * Counts a request. Gives false, and counts nothing, where there is no session in memory or it takes no requests. Never throws.
   * @example `if (pool.trackRequestStart('docs')) handle()`
   */
  trackRequestStart(workspace: string): boolean
  /** Ends a request; the last one makes the session idle. False where there is no session. Never throws. @example `pool.trackRequestComplete('docs')` */
  trackRequestComplete(workspace: string): boolean
  /**
   * Counts a request of a session in memory, until `end()` or the end of the block.
   * @throws `SESSION_NOT_FOUND`, `SESSION_DRAINING`, `SESSION_GONE`, `POOL_STOPPED`; then nothing was counted.
   * @example `using request = pool.beginRequest('docs')`
   */
  beginRequest(workspace: string): OpenRequest<Attributes>
  /**
   * Counts a request around `run`, and gives what it gives.
   * @throws `SESSION_NOT_FOUND`, `SESSION_DRAINING`, `SESSION_GONE`, `HOST_UNAVAILABLE`, `POOL_STOPPED` without calling `run`; else what `run` throws.
   * @example `const screen = await pool.withRequest('docs', () => pool.capture('docs'))`
   */
  withRequest<T>(workspace: string, run: (session: SessionView<Attributes>) => T | Promise<T>): Promise<T>
  /**
   * Notes activity that is no request. False for an unknown workspace.
   * @throws `INVALID_ATTRIBUTES`; a `TypeError` for an unknown status.
   * @example `pool.touch('docs')`
   */
  touch(workspace: string, patch?: TouchPatch<Attributes>): boolean
  /**
   * Merges `patch` into the attributes; a key set to undefined is removed. False for an unknown workspace.
   * @throws `INVALID_ATTRIBUTES` with the key, for what JSON would drop, what is too large as a whole, or what the schema refuses; then nothing has changed.
   * @example `pool.setAttributes('docs', { conversation: 'a1b2' })`
   */
  setAttributes(workspace: string, patch: AttributesPatch<Attributes>): boolean
  /**
   * Takes a session out of use, or back into it; written at once. A draining session stays so over restarts.
   * @throws `SESSION_NOT_FOUND`, `HOST_UNAVAILABLE`, `POOL_STOPPED`, `POOL_READ_ONLY`.
   * @example `await pool.setDraining('docs', true)`
   */
  setDraining(workspace: string, draining: boolean): Promise<void>

  /**
   * Writes what is known of a session now, and resolves once a store has acknowledged it.
   * @throws A `StoreError` if none has by `saveTimeoutMs`, and then it stays to be written; `SESSION_NOT_FOUND`, `POOL_STOPPED`, `POOL_READ_ONLY`.
   * @example `const { durability } = await pool.saveSessionMetadata('docs')`
   */
  saveSessionMetadata(workspace: string): Promise<Saved>
  /** Compares host, stores and memory anew. Never removes what is unknown. @throws `POOL_STOPPED`. @example `const { orphans } = await pool.discoverExistingSessions()` */
  discoverExistingSessions(): Promise<DiscoveryReport>
  /**
   * Makes other stores active while requests run: a name, a store, `{ store, mirror }`, or `'auto'` for what the layers
   * say. The new stores are opened, tried out, joined and filled; only then the others are detached, and what they hold
   * stays as it is. Several calls take turns. A call at run time ends with the process: the store that a restart would
   * select is kept current beside it. `memory` and `none` wait for no store, and mirrors given with them are left out.
   * @throws A `ConfigError`, `StoreError` or `PoolError`, and then everything is as it was.
   * @example `await pool.switchStore({ store: 'keyv', mirror: ['file'] }, { reason: 'moving to Redis' })`
   */
  switchStore(selection: SwitchSelection, options?: SwitchOptions): Promise<SwitchReport>
  /**
   * Turns persistence off at once: it waits for no store and supersedes every switch. Files and tables stay as they are.
   * Options that cannot be used are warned of.
   * @throws `POOL_STOPPED` alone.
   * @example `await pool.rollback({ reason: 'disk is failing' })`
   */
  rollback(options?: Pick<SwitchOptions, 'reason'>): Promise<SwitchReport>
  /** Which stores are wanted and which are active, and why. @example `pool.persistence().effective.reason` */
  persistence(): PersistenceStatus
  /** Which store each layer names, and why the winner won. @example `console.table(pool.explain().layers)` */
  explain(): SelectionExplanation

  /**
   * Types a text into a session as one paste, and presses Enter after it where `submit` says so. Texts for one workspace are
   * typed in the order of the calls. Counts no request.
   * @throws `SESSION_NOT_FOUND`, `SESSION_GONE`, `HOST_UNAVAILABLE`, `HOST_REFUSED`; a `TypeError` for a text that is refused.
   * @example `await pool.sendText('docs', 'what changed since yesterday?', { submit: true })`
   */
  sendText(workspace: string, text: string, options?: SendTextOptions): Promise<SendTextResult>
  /**
   * Presses keys in a session, by tmux's names or as single characters.
   * @throws Like `sendText`; a `TypeError` for what is no key.
   * @example `await pool.sendKeys('docs', ['Escape', 'C-c'])`
   */
  sendKeys(workspace: string, keys: readonly string[]): Promise<void>
  /**
   * The screen of a session, and what stands above it where `history` asks for it.
   * @throws Like `sendText`.
   * @example `await pool.capture('docs', { history: 200, join: true, maxBytes: 16_384 })`
   */
  capture(workspace: string, options?: CaptureOptions): Promise<string>
  /** Gives the terminal of a session a size, in characters, that it keeps. @throws Like `sendText`. */
  resize(workspace: string, size: { readonly cols: number; readonly rows: number }): Promise<void>
  /** The command line with which a person attaches to a session. @throws Like `sendText`. */
  attachCommand(workspace: string): Promise<string[]>

  /**
   * Ends a session and all that its command started, then removes its record. If it cannot be ended, session and record stay.
   * @throws `SESSION_BUSY` while it has requests, unless `force` is given; `SESSION_NOT_FOUND`, `HOST_UNAVAILABLE`, `POOL_STOPPED`, `POOL_READ_ONLY`.
   * @example `await pool.deleteSession('docs', { force: true })`
   */
  deleteSession(workspace: string, options?: { force?: boolean }): Promise<void>
  /**
   * Ends every session that is proven this pool's, with its record, then stops.
   * @param options - `timeoutMs`: as for `stop()`.
   * @throws `HOST_UNAVAILABLE` where nobody can say what lives, and then nothing was ended; `POOL_STOPPED`, `POOL_READ_ONLY`.
   * @example `const { failed } = await pool.terminate()`
   */
  terminate(options?: { timeoutMs?: number }): Promise<TerminateReport>
  /**
   * Writes what is unwritten, for at most `timeoutMs` (default 5000), and closes the stores: after it none is open but one
   * that hangs. The sessions go on. Another call gives the same report. Never rejects.
   * @example `const { unsaved } = await pool.stop({ timeoutMs: 2000 })`
   */
  stop(options?: { timeoutMs?: number }): Promise<StopReport>
  /** `stop()`, at the end of a block. @example `await using pool = createSessionPool({ host })` */
  [Symbol.asyncDispose](): Promise<void>

  /** Calls `listener` at each event; gives a function that removes it. What a listener throws is logged. @example `const off = pool.on('session:gone', ({ session }) => console.log(session.workspace))` */
  on<Name extends PoolEventName>(event: Name, listener: (payload: PoolEvents<Attributes>[Name]) => unknown): () => void
  /** Removes one registration of `listener`. @example `pool.off('session:gone', listener)` */
  off<Name extends PoolEventName>(event: Name, listener: (payload: PoolEvents<Attributes>[Name]) => unknown): void
}
