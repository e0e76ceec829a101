import { expect, test } from 'vitest'
import type { MetadataStore } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { fill, heldStore, record } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'
import { clock, until } from '../support/time.ts'

const attributes = { a: { x: 1, y: 2 } }
const former = record('claude-a', { incarnation: 'x', totalRequests: 50, revision: 3, attributes })
const last = record('claude-moved', { incarnation: 'x', totalRequests: 5, revision: 4, attributes })

/** A pool with two stores that have the records of an ended session under two names; those of the second differ. */
async function poolOn(second: MetadataStore, inSecond: ReadonlyArray<Record<string, unknown>>, orphanTtlMs?: number) {
  const first = heldStore()
  await fill(first.store, [former, last])
  await fill(second, inSecond)
  const { pool } = makePool({
    host: memoryHost({ clock }),
    cleanupIntervalMs: 10,
    ...(orphanTtlMs === undefined ? {} : { orphanTtlMs }),
    metadata: { store: first.store, mirror: [second] },
  })
  await pool.start()
  return { pool, first }
}

const newer = record('claude-moved', { schemaVersion: 2 })
const unreadable = record('claude-moved', { totalRequests: 'many' })

test.each([
  ['of a newer release', newer],
  ['that cannot be read', unreadable],
])(
  'while a store has a record %s under the last name, the other records are not written again and again',
  async (_, other) => {
    const second = heldStore()
    const { pool, first } = await poolOn(second.store, [former, other])
    const seen: unknown[] = []
    for (let at = 0; at < 6; at += 1) {
      await pool.discoverExistingSessions()
      await until(() => expect(pool.persistence().stores[0]).toMatchObject({ dirty: 0 }))
      seen.push((await first.stored()).get('claude-moved')?.revision)
    }
    expect(seen.at(-1)).toBe(seen.at(2))
  },
)

test.each([
  ['of a newer release', newer, ['claude-moved']],
  ['that cannot be read', unreadable, []],
])('the records expire although a store has one %s under the last name', async (_, other, left) => {
  const second = heldStore()
  const { first } = await poolOn(second.store, [former, other], 1)
  await until(async () => {
    expect([...(await first.stored()).keys()]).toEqual([])
    expect([...(await second.stored()).keys()]).toEqual(left)
  })
})

/** A store that returns the keys of a record in another order, as a JSON column does. */
function reordering(held: ReturnType<typeof heldStore>): MetadataStore {
  const turned = (value: unknown): unknown =>
    typeof value !== 'object' || value === null
      ? value
      : Object.fromEntries(
          Object.entries(value)
            .reverse()
            .map(([key, one]) => [key, turned(one)]),
        )
  return {
    ...held.store,
    async getMany(names, options) {
      const found = await held.store.getMany(names, options)
      return new Map([...found].map(([name, raw]) => [name, turned(raw)]))
    },
  }
}

test('the record under the former name is removed although a store returns keys in another order', async () => {
  const second = heldStore()
  const { first } = await poolOn(reordering(second), [former, last])
  await until(async () => {
    for (const { stored } of [first, second]) expect([...(await stored()).keys()]).toEqual(['claude-moved'])
  })
})
