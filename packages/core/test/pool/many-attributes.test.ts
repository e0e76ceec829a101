import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type MetadataStore, memoryStore } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { makePool } from '../support/pools.ts'
import { clock } from '../support/time.ts'

const always = { signal: new AbortController().signal }

/** Gateways on one host and one store, of which one runs at a time. */
async function setting() {
  const [host, inner] = [memoryHost({ clock }), memoryStore()]
  await inner.open?.({ ...always, logger: console })
  const { name, capabilities, getMany, setMany, deleteMany, list } = inner
  const store = (): MetadataStore => ({
    ...{ name, getMany, setMany, deleteMany, list },
    capabilities: { ...capabilities, retains: true },
  })
  const gateway = async () => {
    const { pool } = makePool({ host, metadata: { store: store() } })
    await pool.start()
    return pool
  }
  return { gateway }
}

/** The memory that is in use after garbage collections, in bytes. Node keeps the shapes of objects, with their keys, for two of them. */
function heapUsed(): number {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  for (let times = 0; times < 4; times += 1) collect()
  return process.memoryUsage().heapUsed
}

test('keys that were set and removed are forgotten in time: 1,000 of 20,000 characters do not stay in memory', async () => {
  const { gateway } = await setting()
  const pool = await gateway()
  await pool.getOrCreateSession('docs', { attributes: { conversation: 'a1b2' } })
  const before = heapUsed()
  for (let at = 0; at < 1000; at += 1) {
    const key = `${at}`.padEnd(20_000, 'x')
    pool.setAttributes('docs', { [key]: at })
    pool.setAttributes('docs', { [key]: undefined })
  }
  expect(heapUsed() - before).toBeLessThan(10_000_000)
  expect(pool.getSession('docs')?.attributes).toEqual({ conversation: 'a1b2' })
  await pool.stop()
})

test('whatever is set and removed among many keys, the next gateway finds the same attributes, counts and age', async () => {
  const change = fc.record({ from: fc.nat(600), many: fc.integer({ min: 1, max: 300 }), isRemoved: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(change, { maxLength: 6 }), { minLength: 1, maxLength: 3 }), async (runs) => {
      const { gateway } = await setting()
      const model = new Map<string, number>()
      let [requests, createdAt, value] = [0, 0, 0]
      for (const changes of runs) {
        const pool = await gateway()
        createdAt ||= (await pool.getOrCreateSession('docs')).createdAt
        for (const { from, many, isRemoved } of changes) {
          value += 1
          const keys = Array.from({ length: many }, (_, at) => `k${from + at}`)
          pool.setAttributes('docs', Object.fromEntries(keys.map((key) => [key, isRemoved ? undefined : value])))
          for (const key of keys) {
            if (isRemoved) model.delete(key)
            else model.set(key, value)
          }
          pool.trackRequestStart('docs')
          pool.trackRequestComplete('docs')
          requests += 1
        }
        const seen = pool.getSession('docs')
        expect(seen?.attributes ?? {}).toEqual(Object.fromEntries(model))
        expect([seen?.totalRequests, seen?.createdAt, seen?.status]).toEqual([requests, createdAt, 'idle'])
        await pool.stop()
      }
    }),
    { numRuns: 25 },
  )
})
