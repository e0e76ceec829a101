import type { JsonObject } from '@sessionkeep/contracts'
import type {
  CaptureOptions,
  OutputChunk,
  OutputOptions,
  SendTextOptions,
  SendTextResult,
} from '@sessionkeep/contracts/host'
import type { EndedSession, ResumeFilter, ResumePlan, ResumeReport } from '@sessionkeep/resume'
import type { SelectionExplanation, SwitchSelection } from '@sessionkeep/selection'
import type { DiscoveryReport } from '../discovery/discovery-report.ts'
import type { EndedListFilter } from '../sessions/ended-sessions.ts'
import type { AnyPoolEvent, PoolEventName, PoolEvents } from '../sessions/events.ts'
import type { SessionView } from '../sessions/session.ts'
import type { PoolHealth } from './health.ts'
import type { StopReport, TerminateReport } from './lifecycle.ts'
import type { PoolStats } from './stats.ts'
import type { PersistenceStatus } from './stores/persistence.ts'
import type { SwitchOptions, SwitchReport } from './stores/switch-options.ts'
import type { DeleteOptions } from './verbs/delete-session.ts'
import type { EndedFilter } from './verbs/forget-ended.ts'
import type { ReadySession } from './verbs/get-or-create-session.ts'
import type { GetOrCreateOptions, LaunchOptions } from './verbs/launch-options.ts'
import type { ReapReport } from './verbs/reap.ts'
import type { AttributesPatch, OpenRequest, TouchPatch } from './verbs/requests.ts'
import type { RespawnCallOptions } from './verbs/respawn.ts'
import type { ResumeCallOptions } from './verbs/resume.ts'
import type { Saved } from './verbs/save-session-metadata.ts'
import type { InterruptOptions, TurnFunction, TurnOptions } from './verbs/turns.ts'

/** The state of a pool: its sessions in numbers, its stores, and why these stores were selected. Plain JSON, without credentials. */
export interface PoolStatus {
  readonly sessions: PoolStats
  readonly persistence: PersistenceStatus
  readonly selection: SelectionExplanation
}

/**
 * The sessions of one gateway, and their metadata. Every view that it returns is frozen, and a session that has not changed is
 * returned as the same object.
 *
 * The calls of a request (`trackRequest…`, `beginRequest`, `touch`, `getSession`, `listSessions`, `status`, and `withRequest` and
 * `getOrCreateSession` for a session in memory) never wait for a store, and never fail because of one.
 * After `stop()`, asynchronous calls reject with `POOL_STOPPED`, `beginRequest` throws it, and other synchronous calls that change
 * something return false.
 */
export interface SessionPool<Attributes = JsonObject> extends AsyncDisposable {
  /**
   * Attaches the stores, discovers the living sessions, and starts the timers. Later calls return the result of the first one. A
   * store or host that is down does not make it reject: the pool tries again in the background.
   * @throws A `ConfigError` for a configuration that can never work; `POOL_STOPPED` after `stop()`.
   * @example `await pool.start()`
   */
  start(): Promise<void>

  /**
   * Returns the living session of a workspace, and creates one if there is none. `created` says which of the two happened. If
   * `resume.when` is not `never`, the last ended session of the workspace is resumed; `resumed` says so.
   * @throws `INVALID_WORKSPACE`, `SESSION_LIMIT`, `SESSION_DRAINING`, `SESSION_NOT_READY`, `SESSION_FOREIGN`, `SESSION_ELSEWHERE`,
   * `NOT_RESUMABLE`, `INVALID_ATTRIBUTES`, `HOST_UNAVAILABLE`, `POOL_STOPPED`, `POOL_READ_ONLY`; `CONFIG_INVALID` for an unknown option;
   * a `HostError` for what the host refused; a `TypeError` for values of the wrong type.
   * @example `const { created } = await pool.getOrCreateSession('docs', { cwd: '/srv/docs', command: ['my-agent'] })`
   */
  getOrCreateSession(workspace: string, options?: GetOrCreateOptions<Attributes>): Promise<ReadySession<Attributes>>
  /** Returns the living sessions. @example `for (const { workspace, totalRequests } of pool.listSessions()) console.log(workspace, totalRequests)` */
  listSessions(): SessionView<Attributes>[]
  /** Returns the living session of a workspace; undefined when there is none in memory. @example `pool.getSession('docs')?.lastActivityAt` */
  getSession(workspace: string): SessionView<Attributes> | undefined
  /**
   * Returns the last session of each workspace that has no living one, newest first: those that ended by themselves, with their
   * tmux server, or in a reboot, and, unless `resume.when` is `never`, those that the pool ended for their silence. Sessions
   * that the pool deleted are not among them. Their records are kept for `orphanTtlMs`.
   * @throws `CONFIG_INVALID` for an unknown condition.
   * @example `for (const { workspace, ended } of pool.listEnded({ causes: ['server', 'boot'] })) console.log(workspace, ended)`
   */
  listEnded(filter?: EndedListFilter): EndedSession<Attributes>[]
  /**
   * Deletes the records of ended sessions from every store, all of them without a filter, and returns their workspaces.
   * @throws `HOST_UNAVAILABLE` when the host cannot say what lives; `POOL_STOPPED`, `POOL_READ_ONLY`; `CONFIG_INVALID` for an unknown condition.
   * @example `await pool.forgetEnded({ before: Date.now() - 30 * 24 * 3600 * 1000 })`
   */
  forgetEnded(filter?: EndedFilter): Promise<string[]>
  /**
   * Says what `resume()` would do now: which sessions come back, which only when they are asked for, and which cannot, each with
   * the reason. It reads host and stores, and starts nothing.
   * @throws `CONFIG_INVALID` for an unknown condition; `POOL_STOPPED`.
   * @example `const { resume, blocked } = await pool.planResume()`
   */
  planResume(filter?: ResumeFilter): Promise<ResumePlan<Attributes>>
  /**
   * Carries out a plan, or makes one and carries it out: each session on its own, so that one failure does not stop the others.
   * A session for which something has changed since the plan is skipped.
   * @param options - `signal`: ends the pass; sessions that were not started are skipped.
   * @throws `HOST_UNAVAILABLE`, `POOL_STOPPED`, `POOL_READ_ONLY`; `CONFIG_INVALID` for an unknown condition.
   * @example `const { resumed, failed, skipped } = await pool.resume(await pool.planResume())`
   */
  resume(what?: ResumePlan<Attributes> | ResumeFilter, options?: ResumeCallOptions): Promise<ResumeReport<Attributes>>
  /**
   * Brings the last ended session of a workspace back now, also one that a back-off or its age holds back. Returns the living
   * session if there is one.
   * @throws `NOT_RESUMABLE` with the reason in `context.why`; `SESSION_NOT_FOUND` if the workspace had no session; what
   * `getOrCreateSession` throws.
   * @example `const session = await pool.resumeSession('docs')`
   */
  resumeSession(workspace: string, options?: LaunchOptions): Promise<SessionView<Attributes>>
  /** Returns the results of {@link SessionPool.getStats}, {@link SessionPool.persistence} and {@link SessionPool.explain} in one object. @example `console.log(JSON.stringify(pool.status()))` */
  status(): PoolStatus
  /** Returns whether sessions can be served, and whether their records are safe. It comes from memory. @example `if (pool.health().status !== 'ok') alarm(pool.health())` */
  health(): PoolHealth
  /** Returns the pool in numbers. @example `pool.getStats().activeSessions` */
  getStats(): PoolStats

  /**
   * Counts the start of a request. Returns false, and counts nothing, when there is no session in memory or it is draining or ending. Never throws.
   * @example `if (pool.trackRequestStart('docs')) handle()`
   */
  trackRequestStart(workspace: string): boolean
  /** Notes the end of a request. When it was the last one, the session is idle. Returns false when there is no session. Never throws. @example `pool.trackRequestComplete('docs')` */
  trackRequestComplete(workspace: string): boolean
  /**
   * Counts a request of a session in memory, from this call until `end()` or the end of the block.
   * @throws `SESSION_NOT_FOUND`, `SESSION_DRAINING`, `SESSION_GONE`, `POOL_STOPPED`; nothing is counted then.
   * @example `using request = pool.beginRequest('docs')`
   */
  beginRequest(workspace: string): OpenRequest<Attributes>
  /**
   * Counts a request while `run` runs, and returns the result of `run`. It also finds a session that is not in memory yet.
   * @throws `SESSION_NOT_FOUND`, `SESSION_DRAINING`, `SESSION_GONE`, `HOST_UNAVAILABLE`, `POOL_STOPPED`, all without calling `run`; otherwise the error of `run`.
   * @example `const screen = await pool.withRequest('docs', () => pool.capture('docs'))`
   */
  withRequest<T>(workspace: string, run: (session: SessionView<Attributes>) => T | Promise<T>): Promise<T>
  /**
   * Runs `run` as the only turn of its workspace: turns of one workspace begin in the order of the calls, each after the one
   * before has settled, however it ended. Each turn counts as a request from its beginning. Do not wait for another turn of the
   * same workspace inside of `run`.
   * @param options - `signal`: cancels the turn. A turn that waits never begins. A running one learns it from `turn.signal`; the
   * call rejects with the reason at once, and the next turn begins when `run` has settled, at most a second later.
   * If the session ends, `turn.signal` says so. The call rejects with `SESSION_GONE` if `run` has not settled a second later.
   * @throws Like `withRequest`; the reason of the signal; `TURN_INTERRUPTED`; `SESSION_GONE`; `CONFIG_INVALID` for an unknown option.
   * @example `await pool.withTurn('docs', async (_, { signal }) => ask('docs', question, signal), { signal })`
   */
  withTurn<T>(workspace: string, run: TurnFunction<T, Attributes>, options?: TurnOptions): Promise<T>
  /**
   * Interrupts a session: presses `keys`, and ends its running turn with `TURN_INTERRUPTED`. The next turn begins after the
   * keys. Resolves with whether a turn was running.
   * @throws Like `sendKeys`; `CONFIG_INVALID` for an unknown option.
   * @example `await pool.interrupt('docs', { keys: ['Escape'] })`
   */
  interrupt(workspace: string, options?: InterruptOptions): Promise<boolean>
  /**
   * Notes activity without counting a request, and may set status and attributes. Returns false for an unknown workspace.
   * @throws `INVALID_ATTRIBUTES`; a `TypeError` for an unknown status.
   * @example `pool.touch('docs')`
   */
  touch(workspace: string, patch?: TouchPatch<Attributes>): boolean
  /**
   * Merges `patch` into the attributes. A key that is set to undefined is removed. Returns false for an unknown workspace.
   * @throws `INVALID_ATTRIBUTES` for a value that JSON would drop (with its key), attributes that are too large in total, and attributes that the schema refuses; nothing is changed then.
   * @example `pool.setAttributes('docs', { conversation: 'a1b2' })`
   */
  setAttributes(workspace: string, patch: AttributesPatch<Attributes>): boolean
  /**
   * Sets a session draining, or ends that: a draining session accepts no new requests, and those that run go on. The change is written at once, and survives restarts.
   * @throws `SESSION_NOT_FOUND`, `SESSION_GONE`, `HOST_UNAVAILABLE`, `POOL_STOPPED`, `POOL_READ_ONLY`.
   * @example `await pool.setDraining('docs', true)`
   */
  setDraining(workspace: string, draining: boolean): Promise<void>

  /**
   * Writes the latest state of a session, and resolves once a store has acknowledged it.
   * @throws A `StoreError` when no store has acknowledged it within `saveTimeoutMs`; the session stays dirty then, and is written later; `SESSION_NOT_FOUND`, `SESSION_GONE`, `HOST_UNAVAILABLE`, `POOL_STOPPED`, `POOL_READ_ONLY`.
   * @example `const { durability } = await pool.saveSessionMetadata('docs')`
   */
  saveSessionMetadata(workspace: string): Promise<Saved>
  /** Reads host and stores again, and brings memory up to date. A record whose session is not found stays until it expires. @throws `POOL_STOPPED`. @example `const { orphaned } = await pool.discoverExistingSessions()` */
  discoverExistingSessions(): Promise<DiscoveryReport>
  /**
   * Makes other stores active while requests go on. The new stores are opened, probed, read and backfilled. Only then are the
   * present ones detached, and their records stay as they are. Concurrent calls run one after the other. The selection lasts
   * until the process ends, so the store that a restart would select stays up to date as a standby. For `memory` and `none` no
   * store is prepared, and mirrors given with them are ignored.
   * @param selection - A name, a store object, `{ store, mirror }`, or `'auto'` for the store that the other layers select.
   * @throws A `ConfigError`, `StoreError` or `PoolError`; the active stores are unchanged then.
   * @example `await pool.switchStore({ store: 'keyv', mirror: ['file'] }, { reason: 'moving to Redis' })`
   */
  switchStore(selection: SwitchSelection, options?: SwitchOptions): Promise<SwitchReport>
  /**
   * Switches persistence off at once. It waits for no store, and gives up every switch that is waiting or under way. The
   * records stay in the stores. Invalid options are ignored with a warning.
   * @throws Only `POOL_STOPPED`.
   * @example `await pool.rollback({ reason: 'disk is failing' })`
   */
  rollback(options?: Pick<SwitchOptions, 'reason'>): Promise<SwitchReport>
  /** Returns the desired selection, the stores that are active, and the reason for any difference. @example `pool.persistence().effective.reason` */
  persistence(): PersistenceStatus
  /** Returns the store that each layer names, and why the deciding layer won. @example `console.table(pool.explain().layers)` */
  explain(): SelectionExplanation

  /**
   * Types a text into a session as one paste, and presses Enter after it if `submit` is true. Texts for one workspace are typed in
   * the order of the calls. This call does not count a request.
   * @throws `SESSION_NOT_FOUND`, `SESSION_GONE`, `HOST_UNAVAILABLE`, `HOST_REFUSED`, `NOT_CONFIRMED`; `POOL_STOPPED`, also when the pool is stopped while the text waits; a `TypeError` for a text with control characters when `controls` is `refuse`.
   * @example `await pool.sendText('docs', 'what changed since yesterday?', { submit: true })`
   */
  sendText(workspace: string, text: string, options?: SendTextOptions): Promise<SendTextResult>
  /**
   * Yields what the program of a session writes, with its escape sequences, until the session ends. The first chunk is empty:
   * take the screen with `capture()` after it, and nothing is missed in between. Leave the loop to stop reading.
   * @throws Like `sendText`, at the first chunk; `HOST_REFUSED` if another program reads the output of that session.
   * @example `for await (const { data } of pool.output('docs')) socket.send(data)`
   */
  output(workspace: string, options?: OutputOptions): AsyncGenerator<OutputChunk, void, undefined>
  /**
   * Presses keys in a session. A key is a single character or a name as in tmux.
   * @throws Like `sendText`; a `TypeError` for an unknown key.
   * @example `await pool.sendKeys('docs', ['Escape', 'C-c'])`
   */
  sendKeys(workspace: string, keys: readonly string[]): Promise<void>
  /**
   * Returns the screen of a session as text, with `history` lines above it.
   * @throws Like `sendText`.
   * @example `await pool.capture('docs', { history: 200, join: true, maxBytes: 16_384 })`
   */
  capture(workspace: string, options?: CaptureOptions): Promise<string>
  /** Sets the size of a session's terminal, in characters. @throws Like `sendText`. @example `await pool.resize('docs', { cols: 120, rows: 40 })` */
  resize(workspace: string, size: { readonly cols: number; readonly rows: number }): Promise<void>
  /** Returns the command line with which a person attaches to a session. @throws Like `sendText`. @example `const [program, ...args] = await pool.attachCommand('docs')` */
  attachCommand(workspace: string): Promise<string[]>

  /**
   * Ends a session with every process that its command started, then deletes its record. If the session cannot be ended, both
   * stay. With `waitMs` the session takes no new requests, and the running ones may end first. If the workspace has no living
   * session and `resume.when` is not `never`, the records of its ended sessions are deleted.
   * @throws `SESSION_BUSY` while it has requests and `force` is not given; `SESSION_NOT_FOUND`, `HOST_UNAVAILABLE`, `HOST_REFUSED`, `POOL_STOPPED`, `POOL_READ_ONLY`; `CONFIG_INVALID` for an unknown option.
   * @example `await pool.deleteSession('docs', { waitMs: 30_000, force: true })`
   */
  deleteSession(workspace: string, options?: DeleteOptions): Promise<void>
  /**
   * Starts a session's command again in its place: the session keeps its record, name, size and clients, and gets another
   * process. The former process is ended first, with every process that it started. `launch` is given the session as
   * `previous`, so that an agent goes on with its conversation.
   * @throws `SESSION_BUSY` while it has requests and `force` is not given; `SESSION_NOT_FOUND`, `SESSION_GONE`,
   * `SESSION_NOT_READY`, `NOT_RESUMABLE` if it had a command or variables that are not stored and nobody gives them now,
   * `HOST_UNAVAILABLE`, `HOST_REFUSED`, `POOL_STOPPED`, `POOL_READ_ONLY`; `CONFIG_INVALID` for an unknown option.
   * @example `await pool.respawn('docs', { env: { AGENT_MODEL: 'large' } })`
   */
  respawn(workspace: string, options?: RespawnCallOptions): Promise<SessionView<Attributes>>
  /**
   * Does now what the pool does every `cleanupIntervalMs`: removes expired records, and ends sessions that are silent for
   * `inactivityTimeoutMs` or have lived for `maxLifeMs`.
   * @throws `HOST_UNAVAILABLE`, `POOL_STOPPED`, `POOL_READ_ONLY`.
   * @example `const { ended } = await pool.reapNow()`
   */
  reapNow(): Promise<ReapReport>
  /**
   * Ends every session whose stamp proves that this pool created it, deletes their records, and stops the pool.
   * @param options - `timeoutMs`: how long it waits for running creations, and then for `stop()`, ms. @defaultValue 5000
   * @throws `HOST_UNAVAILABLE` when the host cannot list its sessions, and no session is ended then; `POOL_STOPPED`, `POOL_READ_ONLY`.
   * @example `const { failed } = await pool.terminate()`
   */
  terminate(options?: { timeoutMs?: number }): Promise<TerminateReport>
  /**
   * Writes what is dirty and closes the stores. As long as something is unsaved, it tries failing and locked stores again, until the
   * time is over. The sessions go on. Afterwards no store is open, except one that hangs. Later calls return the same report. Never rejects.
   * @param options - `timeoutMs`: how long it may take, ms. @defaultValue 5000
   * @example `const { unsaved } = await pool.stop({ timeoutMs: 2000 })`
   */
  stop(options?: { timeoutMs?: number }): Promise<StopReport>
  /** Calls `stop()`, also at the end of a block with `await using`. @example `await using pool = createSessionPool({ host })` */
  [Symbol.asyncDispose](): Promise<void>

  /** Calls `listener` at each event. Returns a function that removes it. An error of a listener is logged. @example `const off = pool.on('session:gone', ({ session }) => console.log(session.workspace))` */
  on<Name extends PoolEventName>(event: Name, listener: (payload: PoolEvents<Attributes>[Name]) => unknown): () => void
  /** Calls `listener` at every event, with its name and its payload. @example `pool.on('*', ({ event, payload }) => console.log(event, payload))` */
  on(event: '*', listener: (happened: AnyPoolEvent<Attributes>) => unknown): () => void
  /** Removes the latest registration of `listener`. @example `pool.off('session:gone', listener)` */
  off<Name extends PoolEventName>(event: Name, listener: (payload: PoolEvents<Attributes>[Name]) => unknown): void
  /** Removes the latest registration of `listener` for every event. @example `pool.off('*', listener)` */
  off(event: '*', listener: (happened: AnyPoolEvent<Attributes>) => unknown): void
}
