import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type MetadataStore, memoryStore } from '../../src/index.ts'
import { memoryHost, virtualClock } from '../../src/testing.ts'
import { makePool } from '../support/pools.ts'
import { clock, until } from '../support/time.ts'

const always = { signal: new AbortController().signal }

/** Gateways of one pool on one host, and on one store that takes no lease and that each has opened by itself. */
async function setting(intervalMs?: number, time = clock) {
  const [host, inner] = [memoryHost({ clock: time }), memoryStore()]
  await inner.open?.({ ...always, logger: console })
  const store = (): MetadataStore => {
    const { name, capabilities, getMany, setMany, deleteMany, list } = inner
    return { name, capabilities: { ...capabilities, retains: true, shared: true }, getMany, setMany, deleteMany, list }
  }
  const gateway = async () => {
    const metadata = { store: store(), ...(intervalMs && { flushIntervalMs: intervalMs }) }
    const { pool } = makePool({ host, clock: time, metadata, ...(intervalMs && { livenessIntervalMs: intervalMs }) })
    await pool.start()
    return pool
  }
  type Gateway = Awaited<ReturnType<typeof gateway>>
  /** Sets an attribute, and waits until it is acknowledged. */
  const set = async (pool: Gateway, attributes: Record<string, unknown>): Promise<void> => {
    pool.setAttributes('docs', attributes)
    await until(() => pool.saveSessionMetadata('docs'))
    await time.advance(1)
  }
  return { gateway, set }
}

test('of two gateways that write one record at once, neither loses an acknowledged attribute that only it has set', async () => {
  const { gateway, set } = await setting()
  const one = await gateway()
  await one.getOrCreateSession('docs', { attributes: { conversation: 'a1b2' } })
  const two = await gateway()
  await set(one, { chat: 1 })
  await set(two, { title: 'two' })
  await set(one, { model: 'large' })
  await one.stop()
  await set(two, { title: 'later' })
  await two.stop()
  const next = await gateway()
  expect(next.getSession('docs')?.attributes).toEqual({ conversation: 'a1b2', chat: 1, title: 'later', model: 'large' })
})

test('of two gateways that set one attribute, the later value stays when the first sets another attribute', async () => {
  const { gateway, set } = await setting()
  const one = await gateway()
  await one.getOrCreateSession('docs', { attributes: { conversation: 'a1b2' } })
  const two = await gateway()
  await set(one, { title: 'one' })
  await set(two, { title: 'two', conversation: 'c3d4' })
  await two.stop()
  await set(one, { chat: 1 })
  expect(one.getSession('docs')?.attributes).toEqual({ conversation: 'c3d4', title: 'two', chat: 1 })
  await one.stop()
  const next = await gateway()
  expect(next.getSession('docs')?.attributes).toEqual({ conversation: 'c3d4', title: 'two', chat: 1 })
})

test('a gateway counts as contended until it has not seen the other one write for ten minutes', async () => {
  const time = virtualClock()
  const { gateway, set } = await setting(60_000, time)
  const one = await gateway()
  await one.getOrCreateSession('docs')
  const two = await gateway()
  const reason = () => one.persistence().effective.reason
  await set(one, { chat: 1 })
  await set(two, { title: 'two' })
  await set(one, { chat: 2 })
  expect(reason()).toBe('contended')
  await two.stop()
  await time.advance(300_000)
  expect(reason()).toBe('contended')
  await time.advance(300_000)
  expect(reason()).toBe('ok')
})

const step = fc.record({ by: fc.nat(1), key: fc.constantFrom('k', 'l', 'm'), value: fc.nat(5) })

test('whichever of two gateways sets which attribute, the next one has the last value of each', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
      const { gateway, set } = await setting()
      const one = await gateway()
      await one.getOrCreateSession('docs', { attributes: { k: 9 } })
      const pools = [one, await gateway()]
      const last: Record<string, unknown> = { k: 9 }
      for (const { by, key, value } of steps) {
        // Zero removes the attribute.
        const change = { [key]: value === 0 ? undefined : value }
        await set(pools[by] ?? one, change)
        Object.assign(last, change)
      }
      for (const pool of pools) expect((await pool.stop()).unsaved).toEqual([])
      const next = await gateway()
      const expected = Object.fromEntries(Object.entries(last).filter(([, value]) => value !== undefined))
      expect(next.getSession('docs')?.attributes ?? {}).toEqual(expected)
      await next.stop()
    }),
    { numRuns: Number(process.env.SESSIONKEEP_TEST_RUNS ?? 25) },
  )
})

test('a value that cannot be read shows no other writer, and the record is written over it', async () => {
  const inner = memoryStore()
  await inner.open?.({ ...always, logger: console })
  const refuse = () => {
    throw new Error('hands off')
  }
  let isOdd = false
  const store: MetadataStore = {
    ...inner,
    capabilities: { ...inner.capabilities, retains: true, shared: true },
    getMany: async (names, options) =>
      isOdd ? new Map(names.map((name) => [name, new Proxy({}, { get: refuse })])) : inner.getMany(names, options),
  }
  const { pool } = makePool({ host: memoryHost({ clock }), metadata: { store } })
  await pool.start()
  await pool.getOrCreateSession('docs')
  isOdd = true
  pool.setAttributes('docs', { chat: 1 })
  await expect(pool.saveSessionMetadata('docs')).resolves.toMatchObject({ stores: [inner.name] })
  isOdd = false
  const found = await inner.getMany(['claude-docs'], always)
  expect(found.get('claude-docs')).toMatchObject({ attributes: { chat: 1 } })
})
