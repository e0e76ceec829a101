import type { Logger } from './logger.ts'

/** What a store promises; the core and the conformance suite hold it to this. */
export interface StoreCapabilities {
  /** What an acknowledged write survives: nothing, `kill -9` of the process, or a power cut (on storage that honours a flush). */
  readonly durability: 'none' | 'process' | 'power'
  /** Whether what was written can be read back at all. False for `none` alone. */
  readonly retains: boolean
  /** Whether several processes may use it at once, as long as each name has one writer. */
  readonly shared: boolean
  /**
   * Whether a record is kept with its live session, and goes with it. Then `setMany()` fails for a name without such a
   * session, as `STORE_NO_SESSION`; but a record with `expiresAt`, whose session has ended, is not kept, and that is no failure. Default false.
   */
  readonly liveOnly?: boolean | undefined
}

/** What `open()` is told. */
export interface StoreContext {
  /** Aborted when opening is no longer wanted; `open()` then rejects and holds nothing. */
  readonly signal: AbortSignal
  readonly logger: Logger
  /** Keeps pools apart within one store: the pool's `poolId`. Undefined: the store's own ground floor. */
  readonly namespace?: string | undefined
  /** Who writes: the `poolId`, else the session prefix. A store with a lock takes it for this owner. Undefined: for everyone. */
  readonly owner?: string | undefined
  /** True: take no lock, change nothing; writing calls reject with `STORE_READ_ONLY`. Default false. */
  readonly readOnly?: boolean | undefined
}

/** Options of every call: abort `signal` when the answer is no longer waited for. What was already done stays done. */
export interface StoreCallOptions {
  readonly signal: AbortSignal
}

/**
 * Where records are kept: batches of plain JSON under names, and nothing else. No retries, caching, validation or
 * deadlines in it: the core does those once for all stores.
 *
 * A name is any string but the empty one and those with a NUL or a lone surrogate, which reject with
 * `STORE_INVALID_NAME`. Two different names never share a record.
 * The core makes one writing call at a time and sends at most 500 names a call. It opens a store before it uses it, and
 * may close and open it again at any time: to ask for a lock, and after failures. Calls on a store that is not open reject with `STORE_CLOSED`.
 *
 * A batch that fails in part rejects with a `StoreBatchError`; names not in it are done. After any other rejection
 * nothing is known. An outage is a rejection, never an empty answer.
 */
export interface MetadataStore {
  /** For logs and status: `file`, `keyv`, … */
  readonly name: string
  readonly capabilities: StoreCapabilities

  /** Makes the store usable. Rejects with a `StoreError`; may then be called again. */
  open?(context: StoreContext): Promise<void>

  /**
   * The raw records of these names, as parsed JSON; the caller may change what it gets. Absent names are absent from
   * the map. A name whose record cannot be read is in the `failed` of a `StoreBatchError` as `STORE_RECORD_UNREADABLE`.
   */
  getMany(names: readonly string[], options: StoreCallOptions): Promise<Map<string, unknown>>

  /** Writes each record whole. Resolves when all are as safe as `durability` says. */
  setMany(records: ReadonlyMap<string, unknown>, options: StoreCallOptions): Promise<void>

  /** Removes these records, as durably as they were written; removing what is absent succeeds. */
  deleteMany(names: readonly string[], options: StoreCallOptions): Promise<void>

  /** Every stored name, unreadable records' too. What exists throughout the call appears exactly once. */
  list(options: StoreCallOptions): AsyncIterable<string>

  /**
   * Moves what is stored under these names out of the way without destroying it, so that the names are absent after.
   * The core calls it before it writes over a record that could not be read. A store without it keeps such a record,
   * and the session of that name is not saved there. Setting aside what is absent succeeds.
   */
  setAside?(names: readonly string[], options: StoreCallOptions): Promise<void>

  /** Waits for what is under way, then lets go of locks, handles and timers. Closing what is not open succeeds. */
  close?(): Promise<void>
}
