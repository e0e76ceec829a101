/** The part of a Keyv storage adapter that is used here; a `Map` has it too. */
export interface AdapterLike {
  get(key: string): unknown
  set(key: string, value: string): unknown
  delete(key: string): unknown
  getMany?: ((keys: string[]) => unknown) | undefined
  setMany?: ((entries: Array<{ key: string; value: string }>) => unknown) | undefined
  deleteMany?: ((keys: string[]) => unknown) | undefined
  iterator?: ((namespace?: string) => AsyncIterable<unknown>) | undefined
  keys?: (() => Iterable<unknown>) | undefined
  on?: ((event: 'error', listener: (error: unknown) => void) => unknown) | undefined
  off?: ((event: 'error', listener: (error: unknown) => void) => unknown) | undefined
  namespace?: string | undefined
  throwOnErrors?: boolean | undefined
}

/** The part of a Keyv that is used here: its adapter, and the prefix that it would add to a key. */
export interface KeyvLike {
  readonly store: AdapterLike
  readonly namespace?: string | undefined
  readonly useKeyPrefix?: boolean | undefined
}
