import type { StoreCapabilities } from '@sessionkeep/contracts'
import type { Lease } from './lease.ts'

/**
 * A live connection to a backend, in terms of keys and texts. Every call is one round trip unless its driver states
 * otherwise. A call of several steps takes no further step once its signal is aborted.
 */
export interface Engine {
  /** The durability that the settings of the backend give, read when the connection was made. */
  readonly durability: StoreCapabilities['durability']
  /**
   * Sentences about settings of the backend that endanger records, for the log.
   *
   * @defaultValue none
   */
  readonly warnings?: readonly string[]
  /**
   * Reads the texts of these keys. Absent keys are absent from the map. A key that holds something other than a text, or
   * a text that is too large, has the value `undefined`.
   */
  get(keys: readonly string[], signal?: AbortSignal): Promise<Map<string, string | undefined>>
  set(texts: ReadonlyMap<string, string>, signal?: AbortSignal): Promise<void>
  delete(keys: readonly string[], signal?: AbortSignal): Promise<void>
  /** Renames keys; absent keys are skipped. */
  rename(moves: ReadonlyMap<string, string>, signal?: AbortSignal): Promise<void>
  /**
   * Whether the server can have no such key, so that nothing is stored under it. Asked when the server has refused a call about
   * this key alone with this error.
   *
   * @defaultValue the server can have every key
   */
  isImpossible?(key: string, error: unknown): Promise<boolean>
  /** Lists the keys with this prefix, page by page; a key may appear twice. Rejects when the connection is lost. */
  pages(prefix: string): AsyncIterable<readonly string[]>
  /**
   * Renews the lease. Also finds out, as far as possible on this kind of server, whether the server was emptied, replaced
   * or made read-only. Called regularly; the connection ends when this rejects.
   *
   * @defaultValue the server is not asked, and only `onLost` ends the connection
   */
  beat?(): Promise<void>
  /** Releases the lease and ends the connection. The caller waits for a limited time and then aborts the signal. */
  end(): Promise<void>
}

/** The request to connect. */
export interface ConnectContext {
  /** Aborted when the caller gives the connection up, at any time. The driver then closes at once all that it has opened. */
  readonly signal: AbortSignal
  /** When true, nothing may be created on the server. */
  readonly readOnly: boolean
  /** A key of this store that no record ever has, for testing access rights. */
  readonly probe: string
  /** A key to which no record is ever moved, for testing the right to move records out of the way. */
  readonly asideProbe: string
  /** The owner for whom a backend with a single writer is locked. Undefined excludes every other writer. */
  readonly owner?: string | undefined
  /**
   * The lease to take. The server then checks in the same step as each write that the lease is still held. Undefined: none.
   */
  readonly lease?: Lease | undefined
  /** The driver calls this when the connection cannot be used any more, with the reason if it knows one. */
  readonly onLost: (error?: unknown) => void
}

/** Connects to one kind of backend. */
export interface Driver {
  readonly shared: boolean
  /** The durability that is declared before the first connection. */
  readonly durability: StoreCapabilities['durability']
  /**
   * Whether `connect()` takes the lease.
   *
   * @defaultValue false
   */
  readonly lease?: boolean
  /**
   * How long the answer to a beat may take, ms. It is longer where a call is tried at several servers.
   *
   * @defaultValue `3000`
   */
  readonly beatTimeoutMs?: number
  /**
   * Whether all keys of a store have to be in one hash slot of a Redis Cluster.
   *
   * @defaultValue false
   */
  readonly keysTogether?: boolean
  /**
   * The largest record, in bytes.
   *
   * @defaultValue no limit of this store
   */
  readonly maxBytes?: number
  /**
   * A sentence, without its full stop, about what holds up the calls of the store with this `probe` now. Undefined: nothing.
   *
   * @defaultValue nothing is known to hold up calls
   */
  heldUpBy?(probe: string): string | undefined
  connect(context: ConnectContext): Promise<Engine>
}
