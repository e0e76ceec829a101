import type { MetadataStore } from '../contracts/metadata-store.ts'
import { createGate } from './gate.ts'

/**
 * A store in this object's memory: what it holds is kept over `close()` and `open()`, and ends with the process.
 * As the pool's flag it is the rollback: nothing is written anywhere, and a restart forgets. It ignores namespaces:
 * two pools do not share one instance.
 */
export function memoryStore(): MetadataStore {
  // Kept as text, so that no caller ever holds an alias of a stored record.
  const records = new Map<string, string>()
  const aside: Array<{ name: string; text: string }> = []
  const gate = createGate('memory')

  return {
    name: 'memory',
    capabilities: { durability: 'none', retains: true, shared: false },
    open: gate.open,
    async getMany(names, options) {
      gate.enter(names, options)
      const found = new Map<string, unknown>()
      for (const name of names) {
        const text = records.get(name)
        if (text !== undefined) found.set(name, JSON.parse(text))
      }
      return found
    },
    async setMany(batch, options) {
      gate.enterToWrite(batch.keys(), options)
      const texts = [...batch].map(([name, record]) => [name, JSON.stringify(record)] as const)
      for (const [name, text] of texts) records.set(name, text)
    },
    async deleteMany(names, options) {
      gate.enterToWrite(names, options)
      for (const name of names) records.delete(name)
    },
    async *list(options) {
      gate.enter([], options)
      yield* [...records.keys()]
    },
    async setAside(names, options) {
      gate.enterToWrite(names, options)
      for (const name of names) {
        const text = records.get(name)
        if (text !== undefined) aside.push({ name, text })
        records.delete(name)
      }
    },
    close: gate.close,
  }
}
