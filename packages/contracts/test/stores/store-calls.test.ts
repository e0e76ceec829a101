import { expect, test } from 'vitest'
import { silentLogger } from '../../../core/test/support/held-store.ts'
import { makePool } from '../../../core/test/support/pools.ts'
import { clock, sleep, until } from '../../../core/test/support/time.ts'
import { type MetadataStore, memoryStore } from '../../src/index.ts'
import { createStoreCalls } from '../../src/stores/store-calls.ts'
import { memoryHost, virtualClock } from '../../src/testing.ts'

const named = (fields: Partial<MetadataStore>): MetadataStore => ({ ...memoryStore(), name: 'theirs', ...fields })

test.each([undefined, {}, [['a', 1]], 'ab'])(
  'rejects with STORE_UNAVAILABLE when getMany() returns %j',
  async (given) => {
    const calls = createStoreCalls(named({ getMany: async () => given as never }), 1000)
    await expect(calls.read(['a'])).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: 'getMany() of store theirs returned no Map; it must.',
    })
  },
)

test('reads fewer names at once after a call that timed out, until all are read, and more again when the store is fast', async () => {
  const time = virtualClock()
  const sizes: number[] = []
  let perName = 20
  const getMany: MetadataStore['getMany'] = async (names) => {
    sizes.push(names.length)
    await new Promise<void>((resolve) => time.after(names.length * perName, resolve))
    return new Map(names.map((name) => [name, {}]))
  }
  const calls = createStoreCalls(named({ getMany }), 3000, time)
  const names = Array.from({ length: 600 }, (_, at) => `n${at}`)
  const read = async () => {
    const answer = calls.read(names).then(
      ({ found }) => found.size,
      () => 'failed',
    )
    await time.advance(60_000)
    return await answer
  }
  expect([await read(), await read(), await read()]).toEqual(['failed', 'failed', 600])
  expect(sizes).toEqual([500, 250, 125, 125, 125, 125, 100])
  perName = 0.1
  await read()
  sizes.length = 0
  await read()
  expect(sizes).toEqual([500, 100])
})

test('names open() in the error of close() while open() hangs', async () => {
  let release: () => void = () => {}
  const opened = new Promise<void>((resolve) => {
    release = resolve
  })
  const calls = createStoreCalls(named({ open: () => opened }), 20)
  const late = { code: 'STORE_TIMEOUT', message: expect.stringContaining('open() of store theirs') }
  await expect(calls.open({ logger: silentLogger })).rejects.toMatchObject(late)
  await expect(calls.close()).rejects.toMatchObject(late)
  release()
  await calls.close()
})

test('names close() in the error when close() hangs', async () => {
  const calls = createStoreCalls(named({ close: () => new Promise(() => {}) }), 20)
  await calls.open({ logger: silentLogger })
  await expect(calls.close()).rejects.toMatchObject({ message: expect.stringContaining('close() of store theirs') })
})

test('persistence() also names the open() that hangs, and close() is not called', async () => {
  let tried = 0
  const store = named({
    open: () => new Promise(() => {}),
    close: async () => {
      tried += 1
    },
  })
  const { pool, log } = makePool({
    host: memoryHost({ clock }),
    metadata: { store, callTimeoutMs: 20, attachTimeoutMs: 20 },
  })
  await pool.start()
  await until(() => expect(pool.persistence().stores[0]?.state).toBe('degraded'))
  await sleep(200)
  expect(tried).toBe(0)
  expect(pool.persistence().stores[0]?.lastError?.message).toContain('open() of store theirs')
  expect(log.lines.map(({ fields }) => String(fields.err)).join()).not.toContain('close()')
})

const batchFailed = (failed: unknown) =>
  Object.assign(new Error('part of it failed'), { code: 'STORE_BATCH_FAILED', failed })

test.each([new Map(), new Map([['other', new Error('no')]])])(
  'a call that rejects as failed in part, and names none of its records (%j), has failed as a whole',
  async (failed) => {
    const fail = async () => Promise.reject(batchFailed(failed))
    const calls = createStoreCalls(named({ getMany: fail, setMany: fail, deleteMany: fail }), 1000)
    const whole = { code: 'STORE_UNAVAILABLE', message: expect.stringContaining('did not say for which') }
    await expect(calls.set(new Map([['a', {}]]))).rejects.toMatchObject(whole)
    await expect(calls.delete(['a'])).rejects.toMatchObject(whole)
    await expect(calls.read(['a'])).rejects.toMatchObject(whole)
  },
)

test('a name that failed with something else than an error of a store has failed, with a code', async () => {
  const failed = new Map<string, unknown>([
    ['a', undefined],
    ['b', new Error('no room for b')],
  ])
  const calls = createStoreCalls(named({ setMany: async () => Promise.reject(batchFailed(failed)) }), 1000)
  const errors = await calls.set(new Map(['a', 'b', 'c'].map((name) => [name, {}])))
  expect([...errors].map(([name, { code }]) => [name, code])).toEqual([
    ['a', 'STORE_UNAVAILABLE'],
    ['b', 'STORE_UNAVAILABLE'],
  ])
})

test('a save is not acknowledged when the store rejects the batch without naming a record', async () => {
  const store = named({ setMany: async () => Promise.reject(batchFailed(new Map())) })
  const { pool } = makePool({ host: memoryHost({ clock }), metadata: { store } })
  await pool.start()
  await pool.getOrCreateSession('docs')
  await expect(pool.saveSessionMetadata('docs')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  expect(pool.getSession('docs')?.saved).toBe(false)
})
