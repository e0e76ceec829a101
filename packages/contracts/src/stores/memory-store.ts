import { forEachYielding } from '../base/yield-to-event-loop.ts'
import type { MetadataStore, StoreCallOptions, StoreCapabilities } from '../contracts/metadata-store.ts'
import { StoreBatchError, StoreError } from '../errors/store-error.ts'
import { recordTextFault } from '../record/record-faults.ts'
import { assertStoreName } from './store-name.ts'

/**
 * Creates a store in memory. Its records survive `close()` and `open()`, and end with the process, so a restart forgets them. It
 * ignores namespaces, so two pools must not share one instance.
 *
 * @example
 * const pool = createSessionPool({ host, metadata: { store: memoryStore() } })
 */
export function memoryStore(): MetadataStore {
  return processStore('memory', { durability: 'none', retains: true, shared: false })
}

/** Creates a store without a backend. If it does not retain records, it accepts every write and keeps none. */
export function processStore(name: string, capabilities: StoreCapabilities): MetadataStore {
  // Records are stored as text, so that no caller can change a stored record.
  const records = new Map<string, string>()
  const aside: Array<{ name: string; text: string }> = []
  let mode: 'closed' | 'reading' | 'writing' = 'closed'

  const enter = (names: Iterable<string>, { signal }: StoreCallOptions): void => {
    if (mode === 'closed') throw new StoreError('STORE_CLOSED', `The ${name} store is not open; call open() first.`)
    signal.throwIfAborted()
    for (const recordName of names) assertStoreName(recordName)
  }
  const enterToWrite = (names: Iterable<string>, options: StoreCallOptions): void => {
    enter(names, options)
    if (mode === 'reading') throw new StoreError('STORE_READ_ONLY', `The ${name} store was opened read-only.`)
  }

  return {
    name,
    capabilities,
    async open({ signal, readOnly }) {
      signal.throwIfAborted()
      mode = readOnly ? 'reading' : 'writing'
    },
    async getMany(names, options) {
      enter(names, options)
      const found = new Map<string, unknown>()
      await forEachYielding(names, (one) => {
        const text = records.get(one)
        if (text !== undefined) found.set(one, JSON.parse(text))
      })
      return found
    },
    async setMany(batch, options) {
      enterToWrite(batch.keys(), options)
      if (!capabilities.retains) return
      const failed = new Map<string, StoreError>()
      await forEachYielding(batch, ([one, record]) => {
        const text = JSON.stringify(record)
        const fault = recordTextFault(text)
        if (fault)
          failed.set(one, new StoreError('STORE_RECORD_INVALID', `The record for ${one} cannot be stored: ${fault}.`))
        else records.set(one, text)
      })
      if (failed.size > 0) throw new StoreBatchError(failed)
    },
    async deleteMany(names, options) {
      enterToWrite(names, options)
      for (const one of names) records.delete(one)
    },
    async *list(options) {
      enter([], options)
      yield* [...records.keys()]
    },
    async setAside(names, options) {
      enterToWrite(names, options)
      for (const one of names) {
        const text = records.get(one)
        if (text !== undefined) aside.push({ name: one, text })
        records.delete(one)
      }
    },
    async close() {
      mode = 'closed'
    },
  }
}
