import { createBreather } from '../base/yield-to-event-loop.ts'
import type { StoreCallOptions } from '../contracts/metadata-store.ts'
import type { KeyValue } from './key-value.ts'
import type { Floor } from './key-value-floor.ts'
import { recordFrom, textOfRecord } from './record-text.ts'

/** The records of one floor of a connection, one name at a time. */
export function recordsIn(connection: KeyValue, { key, asideKey, nameOf, prefix }: Floor) {
  return {
    check: async (options: StoreCallOptions) => connection.check?.(options),
    get: async (name: string, options: StoreCallOptions) => recordFrom(name, await connection.get(key(name), options)),
    async set(name: string, record: unknown, options: StoreCallOptions): Promise<void> {
      await connection.set(key(name), textOfRecord(name, record), options)
    },
    async delete(name: string, options: StoreCallOptions): Promise<void> {
      await connection.delete(key(name), options)
    },
    async setAside(name: string, options: StoreCallOptions): Promise<void> {
      const text = await connection.get(key(name), options)
      if (text === undefined || text === null) return
      await connection.set(asideKey(name), text, options)
      await connection.delete(key(name), options)
    },
    /** All at once: whoever reads them slowly, or not to the end, holds nothing. */
    async names(options: StoreCallOptions): Promise<Set<string>> {
      const names = new Set<string>()
      const breathe = createBreather()
      for await (const one of await connection.keys(prefix, options)) {
        await breathe()
        options.signal.throwIfAborted()
        const name = nameOf(one)
        if (name !== undefined) names.add(name)
      }
      return names
    },
    close: async () => connection.close?.(),
  }
}

export type Records = ReturnType<typeof recordsIn>
