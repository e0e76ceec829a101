import { expect, test } from 'vitest'
import { memoryStore, StoreError } from '../../src/index.ts'
import { StoreBatchError } from '../../src/store.ts'
import { memoryHost, virtualClock } from '../../src/testing.ts'
import { heldStore } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'
import { clock, until } from '../support/time.ts'

const STILL = 'Store still failing - serving without it'

/** A pool on a store that is tried again every `retryMs`. */
async function poolOn(sessions = 1, retryMs = 2, time = clock) {
  const held = heldStore()
  const made = makePool({
    clock: time,
    host: memoryHost({ clock: time }),
    livenessIntervalMs: 10 * retryMs,
    metadata: { store: held.store, flushIntervalMs: retryMs, maxRetryMs: retryMs },
  })
  await made.pool.start()
  for (let at = 0; at < sessions; at += 1) await made.pool.getOrCreateSession(`s${at}`)
  return { ...made, held }
}

test.each([
  ['cannot be opened', ['setMany', 'getMany', 'open']],
  ['can be read but not written', ['setMany']],
] as const)(
  'a store that %s for long is logged once, and its return with how often and how long it failed',
  async (_, calls) => {
    const { pool, log, held } = await poolOn()
    const degraded: unknown[] = []
    pool.on('store:degraded', (event) => degraded.push(event))
    const attached = log.with('Store attached').length
    held.fail(...calls)
    pool.trackRequestStart('s0')
    await until(() => expect(pool.persistence().effective.reason).toBe('degraded'))
    const failing = () => log.lines.filter(({ fields }) => fields.store === 'held' && fields.code)
    for (let at = 0; at < 100; at += 1) {
      pool.trackRequestStart('s0')
      await expect(pool.saveSessionMetadata('s0')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    }
    expect(failing().map(({ message }) => message)).toEqual(['Failed to save session metadata'])
    expect(degraded).toHaveLength(1)
    expect(log.with('Store attached')).toHaveLength(attached)
    held.mend()
    await until(() => expect(log.with('Store attached')).toHaveLength(attached + 1))
    const { times, sinceMs } = log.with('Store attached').at(-1)?.fields ?? {}
    expect(times).toBeGreaterThan(90)
    expect(sinceMs).toBeGreaterThan(0)
    expect(log.with(STILL)).toEqual([])

    // The next fault is logged as a first one again.
    held.fail('setMany')
    pool.trackRequestStart('s0')
    await until(() => expect(degraded).toHaveLength(2))
  },
)

test('a store that still fails after a minute is logged again, with how often it failed', async () => {
  const time = virtualClock()
  const { pool, log, held } = await poolOn(1, 1000, time)
  held.fail('setMany')
  pool.trackRequestStart('s0')
  await time.advance(2000)
  expect(pool.persistence().effective.reason).toBe('degraded')
  await time.advance(55_000)
  expect(log.with(STILL)).toEqual([])
  await time.advance(10_000)
  expect(log.with(STILL)).toHaveLength(1)
  expect(log.with(STILL)[0]?.fields).toMatchObject({
    store: 'held',
    code: 'STORE_UNAVAILABLE',
    times: expect.any(Number),
  })
  expect(log.with(STILL)[0]?.fields.sinceMs).toBeGreaterThanOrEqual(60_000)
})

test('of many names that fail alone, the first twenty are logged one by one', async () => {
  const { pool, log, held } = await poolOn(40)
  const { setMany } = held.store
  held.store.setMany = async (records, options) => {
    const failed = new Map(
      [...records.keys()].map((name) => [name, new StoreError('STORE_RECORD_INVALID', 'Too long.')]),
    )
    for (let at = 0; at < 10; at += 1) failed.delete(`claude-s${at}`)
    await setMany(new Map([...records].filter(([name]) => !failed.has(name))), options)
    if (failed.size > 0) throw new StoreBatchError(failed)
  }
  for (let at = 0; at < 40; at += 1) pool.trackRequestStart(`s${at}`)
  const logged = () =>
    log.lines.filter(({ fields, message }) => fields.workspace && message.startsWith('Failed to save'))
  await until(() => expect(pool.persistence()).toMatchObject({ saved: 10, stores: [{ dirty: 30 }] }))
  expect(logged()).toHaveLength(20)
  for (let at = 0; at < 40; at += 1) pool.trackRequestStart(`s${at}`)
  await until(() => expect(pool.persistence()).toMatchObject({ saved: 10, stores: [{ dirty: 30 }] }))
  expect(logged()).toHaveLength(20)
})

test('redacts credentials in the error of a driver', async () => {
  const open = async () => {
    throw new Error('cannot reach redis://me:hunter2@db')
  }
  const { pool, log } = makePool({ host: memoryHost({ clock }), metadata: { store: { ...memoryStore(), open } } })
  await pool.start()
  await until(() => expect(pool.persistence().effective.reason).toBe('degraded'))
  expect(pool.persistence().stores[0]?.lastError).toMatchObject({ message: expect.stringContaining('redis://***@db') })
  const errors = [pool.persistence().stores[0]?.lastError, ...log.lines.map(({ fields }) => fields.err)]
  for (let error of errors)
    for (; error instanceof Error; error = error.cause) expect(error.message).not.toContain('hunter2')
})
