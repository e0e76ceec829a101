import type { CaptureOptions, SendTextOptions, SendTextResult } from '../contracts/session-host.ts'
import type { DiscoveryReport } from '../discovery/discovery-report.ts'
import type { JsonObject } from '../record/session-metadata.ts'
import type { SelectionExplanation } from '../selection/explain.ts'
import type { SwitchSelection } from '../selection/parse-selection.ts'
import type { PoolEventName, PoolEvents } from '../sessions/events.ts'
import type { SessionView } from '../sessions/project.ts'
import type { StopReport, TerminateReport } from './lifecycle.ts'
import type { PoolStats } from './stats.ts'
import type { PersistenceStatus } from './stores/persistence.ts'
import type { SwitchOptions, SwitchReport } from './stores/switch-options.ts'
import type { GetOrCreateOptions } from './verbs/get-or-create-session.ts'
import type { TouchPatch } from './verbs/requests.ts'
import type { Saved } from './verbs/save-session-metadata.ts'

/**
 * The sessions of one gateway, and what is known of them. What it hands out are frozen copies.
 *
 * A *request* (trackRequest*, withRequest, touch, get, list, stats, and getOrCreateSession of a session that exists)
 * is served from memory: it neither waits for a store nor fails because of one.
 * After `stop()`, asynchronous verbs reject with `POOL_STOPPED`, and the synchronous ones that change something give false.
 */
export interface SessionPool<Attributes = JsonObject> {
  /** Attaches the stores, discovers what lives, starts the timers. Again: the same outcome. Rejects with a `ConfigError`, and with `POOL_STOPPED` where `stop()` came first; whatever is down is tried again behind it. */
  start(): Promise<void>

  /** The living session of that workspace; made if there is none. Rejects with a `PoolError`, with a `HostError` for what the host refused, or with a `TypeError` for options of the wrong type. */
  getOrCreateSession(workspace: string, options?: GetOrCreateOptions): Promise<SessionView<Attributes>>
  listSessions(): SessionView<Attributes>[]
  /** Undefined for a workspace without a session in memory. */
  getSession(workspace: string): SessionView<Attributes> | undefined
  getStats(): PoolStats

  /** Counts a request. False, and nothing counted, where there is no session, or it is draining or being ended. Never throws. */
  trackRequestStart(workspace: string): boolean
  /** One request has ended; the last one makes the session idle. False where there is no session. Never throws. */
  trackRequestComplete(workspace: string): boolean
  /** Counts a request around `run`. Rejects with `SESSION_NOT_FOUND` or `SESSION_DRAINING` without calling it, else as it does. */
  withRequest<T>(workspace: string, run: (session: SessionView<Attributes>) => T | Promise<T>): Promise<T>
  /** Activity that is no request. False for an unknown workspace. Throws `INVALID_ATTRIBUTES`, or a TypeError for an unknown status. */
  touch(workspace: string, patch?: TouchPatch): boolean
  /** Merges `patch` into the attributes; a key set to undefined is removed. False for an unknown workspace. Throws `INVALID_ATTRIBUTES`. */
  setAttributes(workspace: string, patch: { [Key in keyof Attributes]?: Attributes[Key] | undefined }): boolean
  /** Takes a session out of use, or back into it; written at once. A draining session stays so over restarts. Rejects with `SESSION_NOT_FOUND`. */
  setDraining(workspace: string, draining: boolean): Promise<void>

  /** Writes what is known of a session now, and resolves once a store has it. Rejects with a `StoreError` if none has by `saveTimeoutMs`; it stays to be written. */
  saveSessionMetadata(workspace: string): Promise<Saved>
  /** Compares host, stores and memory anew. Never removes what is unknown. */
  discoverExistingSessions(): Promise<DiscoveryReport>
  /**
   * Puts other stores in force while requests run: a name, a store, `{ store, mirror }`, or `'auto'` for what the layers
   * say. The new stores are opened, tried out, joined and filled; only then the others are let go, and what they hold
   * stays as it is. Several calls take turns. Rejects with a `ConfigError`, `StoreError` or `PoolError`, and then
   * everything is as it was. A call at run time ends with the process: the store that a restart would select is kept
   * current beside it. `memory` and `none` wait for no store, and stand alone: mirrors
   * given with them are left out.
   */
  switchStore(selection: SwitchSelection, options?: SwitchOptions): Promise<SwitchReport>
  /** Memory alone, at once: waits for no store and overtakes every switch. Files and tables stay as they are. Rejects with `POOL_STOPPED` alone: options that cannot be used are warned of. */
  rollback(options?: Pick<SwitchOptions, 'reason'>): Promise<SwitchReport>
  /** What is wanted, what is in force, and why. */
  persistence(): PersistenceStatus
  /** Which store each layer names, and why the winner won. Plain JSON, without credentials. */
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

  /** Ends the session, then its record. Rejects with `SESSION_BUSY` while it has requests, unless forced. If it cannot be ended, session and record stay. */
  deleteSession(workspace: string, options?: { force?: boolean }): Promise<void>
  /** Ends every session that is proven this pool's, with its record, then stops. */
  terminate(options?: { timeoutMs?: number }): Promise<TerminateReport>
  /**
   * Writes what is unwritten, by the deadline (default 5000 ms), and lets go: after it no store is open but one that hangs.
   * One that was left before is waited for no longer once it takes more than `callTimeoutMs` for a write, or a second for
   * its closing. The sessions go on.
   * Again: the same report. Never rejects.
   */
  stop(options?: { timeoutMs?: number }): Promise<StopReport>

  /** Calls `listener` at each event; gives a function that removes it. What a listener throws is logged. */
  on<Name extends PoolEventName>(event: Name, listener: (payload: PoolEvents<Attributes>[Name]) => unknown): () => void
  off<Name extends PoolEventName>(event: Name, listener: (payload: PoolEvents<Attributes>[Name]) => unknown): void
}
