import type { StoreCallOptions, StoreCapabilities, StoreContext } from '../contracts/metadata-store.ts'

/**
 * A live connection to a place that keeps texts under keys. Every function may answer at once or with a promise, and is
 * never called again before what it answered for the same key has settled.
 *
 * A failure is thrown, or rejected with: a `StoreError` as it is, anything else becomes `STORE_UNAVAILABLE` and its
 * message part of that error's, so it must not contain a secret. `signal` is aborted when the answer is no longer waited
 * for; a function that can end early then does. One that never settles holds up its key, and `close()`.
 */
export interface KeyValue {
  /** The text under this key; undefined or null where there is none, and only then. */
  get(key: string, options: StoreCallOptions): TextOrNone | Promise<TextOrNone>
  /** Puts the text in place of what stood under this key. Done, once awaited, as durably as `capabilities` say. */
  set(key: string, text: string, options: StoreCallOptions): unknown
  /** Removes the key, as durably as it was written. Removing what is absent succeeds. */
  delete(key: string, options: StoreCallOptions): unknown
  /** The keys that begin with `prefix`. Others may be among them, and some twice: those are passed over. */
  keys(prefix: string, options: StoreCallOptions): Keys | Promise<Keys>
  /**
   * Awaited by `open()` and before each call: fails where the place is out of reach, though `get()` would answer as if
   * nothing had ever been there, as on a volume that is not mounted any more; a client that connects only when it is
   * used asks its server here. Default: nothing is asked.
   */
  check?(options: StoreCallOptions): unknown
  /** Lets go of the connection: called once, when nothing is under way, also where the first `check()` failed. Default: there is nothing to let go of. */
  close?(): unknown
}

type TextOrNone = string | null | undefined
type Keys = Iterable<string> | AsyncIterable<string>

export interface KeyValueStoreOptions {
  /** What `store.name` will be. */
  readonly name: string
  /** What the place keeps; see `StoreCapabilities`. `retains` is true. */
  readonly capabilities: StoreCapabilities
  /**
   * Called by `open()`, one at a time. Fails as the functions of the connection do, and then holds nothing. A place that
   * is not `shared` takes its lock here, for `owner`; with `readOnly` it takes none, and changes nothing.
   */
  connect(context: StoreContext): KeyValue | Promise<KeyValue>
  /** The most keys of one call that are under way at once, from 1. Default 8. */
  readonly concurrency?: number | undefined
}
