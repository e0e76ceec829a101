import type { StoreCapabilities } from '@sessionkeep/core/store'

/** A live connection to one backend, in terms of keys and texts. Every call is one round trip unless its driver says otherwise. */
export interface Engine {
  /** What the backend's own settings give an acknowledged write, asked when the connection was made. */
  readonly durability: StoreCapabilities['durability']
  /** The texts of these keys; absent keys are absent from the map, a key that holds no text is there as `undefined`. */
  get(keys: readonly string[]): Promise<Map<string, string | undefined>>
  set(texts: ReadonlyMap<string, string>): Promise<void>
  delete(keys: readonly string[]): Promise<void>
  /** Moves each key to another; absent keys are passed over. */
  rename(moves: ReadonlyMap<string, string>): Promise<void>
  /** Every key that starts with the prefix, page by page; a key may appear twice. Rejects when the connection is lost. */
  pages(prefix: string): AsyncIterable<readonly string[]>
  /** Ends the connection at once; never waits for a silent server. */
  end(): Promise<void>
}

export interface ConnectContext {
  /** Aborted when the attempt is given up; the driver then lets go of what it has. */
  readonly signal: AbortSignal
  /** True: nothing may be created on the server. */
  readonly readOnly: boolean
  /** A key of this store's that no record ever has, to try rights with. */
  readonly probe: string
  /** For whom a backend that takes one writer at a time is locked. Undefined: for everyone. */
  readonly owner?: string | undefined
  /** To be called when the connection is of no more use. */
  readonly onLost: () => void
}

/** How to reach one kind of backend. */
export interface Driver {
  readonly shared: boolean
  /** What `capabilities.durability` says before the first connection. */
  readonly durability: StoreCapabilities['durability']
  /** Whether a connection that stays silent may be replaced by a new one. */
  readonly replaceable: boolean
  /** The most bytes that one record may have. Default: no limit of ours. */
  readonly maxBytes?: number
  connect(context: ConnectContext): Promise<Engine>
}
