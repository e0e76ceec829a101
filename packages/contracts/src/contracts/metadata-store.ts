import type { StoreError } from '../errors/store-error.ts'
import type { Logger } from './logger.ts'

/** What a store promises. The pool relies on these promises, and the conformance suite tests them. */
export interface StoreCapabilities {
  /** What an acknowledged write survives: nothing (`none`), a `kill -9` of the process (`process`), or a power cut on storage that honours a flush (`power`). */
  readonly durability: 'none' | 'process' | 'power'
  /** Whether a record that was written can be read back. False only for the store `none`. */
  readonly retains: boolean
  /** Whether several processes may use the store at the same time, as long as each name has one writer. */
  readonly shared: boolean
  /**
   * Whether the store keeps a record only while its session lives. `setMany()` then fails for a name without a living session
   * with `STORE_NO_SESSION`. A record with `expiresAt` belongs to a session that has ended: such a store drops it and does not
   * fail. @defaultValue false
   */
  readonly liveOnly?: boolean | undefined
  /**
   * Whether a shared store takes a lease for the `owner` at `open()`. Its server checks the lease in the same step as each
   * write, and refuses a writer that has lost it. A store that is not shared has a lock instead. @defaultValue false
   */
  readonly lease?: boolean | undefined
}

/** What the pool passes to `open()`. */
export interface StoreContext {
  /** Aborted when the pool no longer waits for `open()`. The store then rejects, and holds no lock, handle or timer. */
  readonly signal: AbortSignal
  readonly logger: Logger
  /** Keeps the records of different pools apart within one store: the pool's `poolId`. Undefined: the default namespace. */
  readonly namespace?: string | undefined
  /** Who writes: the `poolId`, or else the session prefix. A store with a lock takes the lock for this owner. Undefined: the lock excludes everyone, and no lease is taken. */
  readonly owner?: string | undefined
  /**
   * True: the store takes no lock and changes nothing, and writing calls reject with `STORE_READ_ONLY`. A store that is not
   * shared may reject `open()` with `STORE_LOCKED` while another store has its backend open. @defaultValue false
   */
  readonly readOnly?: boolean | undefined
  /**
   * The store may call this when it finds, without being asked, that its connection or its lease is lost. From then on its
   * calls reject with `STORE_CLOSED` until it is closed and opened again. The pool then reads the whole store again before it
   * reports anything as saved, since stored records may be gone. @defaultValue the pool finds out by the next call
   */
  readonly onLost?: ((error: StoreError) => void) | undefined
}

/** Options of every call of a store. `signal` is aborted when the caller no longer waits for the answer; what the call has done by then stays done. */
export interface StoreCallOptions {
  readonly signal: AbortSignal
}

/**
 * A store keeps records: plain JSON under names, read and written in batches. A store has no retries, caching, validation or
 * time-outs of its own, because the pool does these once for all stores.
 *
 * A name is any string except the empty one and those with a NUL or a lone surrogate, for which calls reject with
 * `STORE_INVALID_NAME`. Two different names never share a record.
 * The pool makes one writing call at a time and passes at most 500 names to a call. It opens a store before it uses it, and
 * may close and open it again at any time: to try for a lock, and after failures. When `open()` rejects with `STORE_LOCKED`,
 * `STORE_READ_ONLY` or `STORE_FULL`, the pool opens it with `readOnly` and tries again later. Calls on a store that is not open reject
 * with `STORE_CLOSED`.
 *
 * When a batch fails in part, the call rejects with a `StoreBatchError`, and every name that is not in it has succeeded. After
 * any other rejection the caller cannot know what was done. An outage is a rejection, never an empty answer.
 *
 * @example
 * ```ts
 * await store.open?.({ signal, logger })
 * await store.setMany(new Map([['claude-docs', record]]), { signal })
 * for await (const name of store.list({ signal })) console.log(name)
 * await store.close?.()
 * ```
 */
export interface MetadataStore {
  /** The name of the store in logs and status: `file`, `keyv`, … */
  readonly name: string
  readonly capabilities: StoreCapabilities

  /** Makes the store usable. Rejects with a `StoreError`, and may then be called again. */
  open?(context: StoreContext): Promise<void>

  /**
   * Reads the records of these names, as parsed JSON that the caller may change. A name without a record is absent from the
   * map. A name whose record cannot be read is in the `failed` of a `StoreBatchError` with `STORE_RECORD_UNREADABLE`.
   */
  getMany(names: readonly string[], options: StoreCallOptions): Promise<Map<string, unknown>>

  /** Writes each record whole. Resolves when every record survives what `durability` promises. */
  setMany(records: ReadonlyMap<string, unknown>, options: StoreCallOptions): Promise<void>

  /** Removes these records, as durably as they were written. Removing an absent record succeeds. */
  deleteMany(names: readonly string[], options: StoreCallOptions): Promise<void>

  /** Lists every stored name, also those of unreadable records. A name that exists during the whole call appears exactly once. */
  list(options: StoreCallOptions): AsyncIterable<string>

  /**
   * Moves the records of these names out of the way without destroying them, so that the names are absent afterwards. The
   * pool calls it before it writes over a record that could not be read. In a store without this method such a record stays,
   * and the session of that name is not saved there. Setting aside an absent record succeeds.
   */
  setAside?(names: readonly string[], options: StoreCallOptions): Promise<void>

  /** Waits for running calls, then releases locks, handles and timers. Closing a store that is not open succeeds. */
  close?(): Promise<void>
}
