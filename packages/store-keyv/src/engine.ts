import type { StoreCapabilities } from '@sessionkeep/contracts'

/**
 * A live connection to a backend, in terms of keys and texts. Every call is one round trip unless its driver states
 * otherwise.
 */
export interface Engine {
  /** The durability that the settings of the backend give, read when the connection was made. */
  readonly durability: StoreCapabilities['durability']
  /**
   * Reads the texts of these keys. Absent keys are absent from the map; a key that holds something other than a text
   * is there as `undefined`.
   */
  get(keys: readonly string[]): Promise<Map<string, string | undefined>>
  set(texts: ReadonlyMap<string, string>): Promise<void>
  delete(keys: readonly string[]): Promise<void>
  /** Renames keys; absent keys are skipped. */
  rename(moves: ReadonlyMap<string, string>): Promise<void>
  /** Lists the keys with this prefix, page by page; a key may appear twice. Rejects when the connection is lost. */
  pages(prefix: string): AsyncIterable<readonly string[]>
  /** Ends the connection at once, without waiting for a server that does not answer. */
  end(): Promise<void>
}

/** The request to connect. */
export interface ConnectContext {
  /** Aborted when the attempt is given up; the driver then closes what it has opened. */
  readonly signal: AbortSignal
  /** True: nothing may be created on the server. */
  readonly readOnly: boolean
  /** A key of this store that no record ever has, for testing access rights. */
  readonly probe: string
  /** The owner for whom a backend with a single writer is locked. Undefined excludes every other writer. */
  readonly owner?: string | undefined
  /** The driver calls this when the connection cannot be used any more. */
  readonly onLost: () => void
}

/** Connects to one kind of backend. */
export interface Driver {
  readonly shared: boolean
  /** The durability that is declared before the first connection. */
  readonly durability: StoreCapabilities['durability']
  /** Whether a connection that does not answer may be replaced by a new one. */
  readonly replaceable: boolean
  /**
   * The largest record, in bytes.
   *
   * @defaultValue no limit of this store
   */
  readonly maxBytes?: number
  connect(context: ConnectContext): Promise<Engine>
}
