import type { StoreCallOptions, StoreContext } from '../contracts/metadata-store.ts'
import { StoreError } from '../errors/store-error.ts'
import { assertStoreName } from './store-name.ts'

/** The life cycle and argument checks that the built-in stores share: throws what the contract says, else lets pass. */
export function createGate(store: string) {
  let mode: 'closed' | 'reading' | 'writing' = 'closed'

  const enter = (names: Iterable<string>, { signal }: StoreCallOptions): void => {
    if (mode === 'closed') throw new StoreError('STORE_CLOSED', `The ${store} store is not open; call open() first.`)
    signal.throwIfAborted()
    for (const name of names) assertStoreName(name)
  }

  return {
    async open({ signal, readOnly }: StoreContext): Promise<void> {
      signal.throwIfAborted()
      mode = readOnly ? 'reading' : 'writing'
    },
    async close(): Promise<void> {
      mode = 'closed'
    },
    enter,
    enterToWrite(names: Iterable<string>, options: StoreCallOptions): void {
      enter(names, options)
      if (mode === 'reading') throw new StoreError('STORE_READ_ONLY', `The ${store} store was opened read-only.`)
    },
  }
}
