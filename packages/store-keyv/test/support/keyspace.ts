import { expect, test } from 'vitest'
import type { KeyvStoreOptions } from '../../src/index.ts'
import { namesOf, openedStore, signalIn } from './fixture.ts'

const NAMESPACES = ['a', 'A', 'a:b', 'a_', 'a*', 'a%', '-', 'a[b]', '[ab]', 'a\\', '*', '%', '_']
const POOLS = [undefined, '-', 'b:c', '*', '%']
/** Texts that contain characters with a meaning in keys, or that differ only after encoding. */
const NAMES = [
  ...['a:b', 'a%3Ab', 'a%3ab', 'a%b', 'a_b', 'a*b', 'a?b', 'a[b]', 'a\\b', '-', '%', '%2D', '%25', '*', ':', '::'],
  ...['%sha256-00', '\u0001\n', `long${'x'.repeat(400)}`, `${'é:'.repeat(200)}1`, `${'é:'.repeat(200)}2`],
]

/**
 * Tests that the keys of records are one-to-one for namespace, pool and name together. `options` is called late,
 * because the port is known late.
 */
export function keyspace(options: () => KeyvStoreOptions): void {
  test('names that the encoding of keys could confuse are listed unchanged, each once', async () => {
    const store = await openedStore({ ...options(), namespace: 'encoded' })
    const records = new Map(NAMES.map((name, index) => [name, { name, index }]))
    await store.setMany(records, signalIn())
    expect(await store.getMany(NAMES, signalIn())).toEqual(records)
    expect(await namesOf(store)).toEqual([...NAMES].sort())
    await store.deleteMany(NAMES, signalIn())
    expect(await namesOf(store)).toEqual([])
  })

  test('namespaces and pools with separators and wildcards in their names never read, list, set aside or remove the records of another', async () => {
    const places = NAMESPACES.flatMap((namespace) =>
      POOLS.map((pool) => ({ namespace, pool, tag: `${namespace}|${pool}` })),
    )
    const stores = await Promise.all(
      places.map(async ({ namespace, pool, tag }) => ({
        tag,
        // Long, because all of them begin at once on one file.
        store: await openedStore({ timeoutMs: 30_000, ...options(), namespace }, { namespace: pool, owner: tag }),
      })),
    )
    const recordsOf = (tag: string) => new Map(['b:c', 'c', 'own'].map((name) => [name, tag]))
    await Promise.all(stores.map(({ store, tag }) => store.setMany(recordsOf(tag), signalIn())))
    const emptied = stores.filter(({ tag }) => /^.?\*\|/.test(tag))
    for (const { store } of emptied) {
      await store.setAside?.(['own'], signalIn())
      await store.deleteMany(await namesOf(store), signalIn())
      expect(await namesOf(store)).toEqual([])
    }
    for (const { store, tag } of stores.filter((each) => !emptied.includes(each))) {
      expect(await namesOf(store)).toEqual(['b:c', 'c', 'own'])
      expect(await store.getMany(['b:c', 'c', 'own'], signalIn())).toEqual(recordsOf(tag))
      await store.deleteMany(['b:c', 'c', 'own'], signalIn())
    }
  })
}
