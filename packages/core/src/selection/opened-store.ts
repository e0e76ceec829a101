import { limited } from '../base/limited.ts'
import type { MetadataStore } from '../contracts/metadata-store.ts'
import { toStoreError } from '../replication/store-failure.ts'

/** A store that is open; `close()` again does nothing. */
export type OpenedStore = MetadataStore & { close(): Promise<void> }

/** The store with its methods as they are, and an end that comes once. */
export function asOpened(store: MetadataStore, close: () => Promise<void>): OpenedStore {
  const { setAside } = store
  return {
    name: store.name,
    // Asked for anew: what a store promises may be known better later.
    get capabilities() {
      return store.capabilities
    },
    getMany: (names, call) => store.getMany(names, call),
    setMany: (records, call) => store.setMany(records, call),
    deleteMany: (names, call) => store.deleteMany(names, call),
    list: (call) => store.list(call),
    ...(setAside ? { setAside: (names, call) => setAside.call(store, names, call) } : {}),
    close,
  }
}

/** Closes a store at the first call; later ones share its outcome. Rejects with a `StoreError`, as the pool would tell it. */
export function closeOnce(store: MetadataStore, deadlineMs: number): () => Promise<void> {
  let done: Promise<void> | undefined
  const close = async (): Promise<void> => {
    try {
      await limited(`close() of store ${store.name}`, deadlineMs, () => store.close?.())
    } catch (error) {
      throw toStoreError(error, store.name, 'close')
    }
  }
  return () => {
    done ??= close()
    return done
  }
}
