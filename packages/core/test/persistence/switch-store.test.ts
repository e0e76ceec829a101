import { describe, expect, test, vi } from 'vitest'
import { type MetadataStore, memoryHost, memoryStore, type SessionPool } from '../../src/index.ts'
import { fill, heldStore, record } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'

/** A pool on `config` with one session that has made `requests`. */
async function poolOn(config: MetadataStore | string, requests = 0, mirror: MetadataStore[] = []) {
  const host = memoryHost()
  const made = makePool({ host, metadata: { store: config, mirror } })
  await made.pool.start()
  await made.pool.getOrCreateSession('a')
  count(made.pool, requests)
  return { ...made, host }
}

function count(pool: Pick<SessionPool, 'trackRequestStart' | 'trackRequestComplete'>, requests: number): void {
  for (let at = 0; at < requests; at += 1) {
    expect(pool.trackRequestStart('a')).toBe(true)
    pool.trackRequestComplete('a')
  }
}

const stored = async (held: ReturnType<typeof heldStore>) => (await held.stored()).get('claude-a')?.totalRequests

describe('switchStore()', () => {
  test('puts another store in force with everything that lives, and keeps the configured one current', async () => {
    const [first, second] = [heldStore(), heldStore()]
    const { pool, log } = await poolOn(first.store, 3)
    const told: unknown[] = []
    pool.on('store:switched', (event) => told.push(event))
    const report = await pool.switchStore(second.store, { reason: 'trying it' })
    expect(report).toMatchObject({ from: ['held'], to: ['held#2', 'held'], changed: true, epoch: 1, left: [] })
    expect(await stored(second)).toBe(3)
    count(pool, 2)
    await vi.waitFor(async () => expect([await stored(first), await stored(second)]).toEqual([5, 5]))
    expect(pool.persistence()).toMatchObject({
      desired: { store: 'held', layer: 'runtime', reason: 'trying it' },
      effective: { stores: ['held#2', 'held'], reason: 'ok', epoch: 1 },
      stores: [
        { store: 'held#2', role: 'primary', inForce: true, state: 'attached' },
        { store: 'held', role: 'kept', inForce: true, state: 'attached' },
      ],
      afterRestart: { layer: 'config' },
    })
    expect(told).toEqual([{ from: ['held'], to: ['held#2', 'held'], layer: 'runtime', reason: 'trying it', epoch: 1 }])
    expect(log.with('Store switched')).toHaveLength(1)
  })

  test('joins what the new store knew: the larger count, and what was counted since', async () => {
    const [config, known] = [memoryStore(), heldStore()]
    const { pool, host } = await poolOn(config)
    const { incarnation } = (await host.list())[0] ?? {}
    await fill(known.store, [record('claude-a', { totalRequests: 100, incarnation, revision: 50 })])
    count(pool, 3)
    await pool.switchStore(known.store)
    expect(pool.getSession('a')).toMatchObject({ totalRequests: 103 })
    const now = (await known.stored()).get('claude-a')
    expect(now?.totalRequests).toBe(103)
    expect(now?.revision).toBeGreaterThan(50)
  })

  test('does not add its own requests twice when it comes back to a store', async () => {
    const [first, second] = [heldStore(), heldStore()]
    const { pool } = await poolOn(first.store, 3)
    await pool.switchStore(second.store)
    await pool.rollback()
    count(pool, 2)
    await pool.switchStore('auto')
    count(pool, 1)
    await pool.switchStore(second.store)
    await pool.switchStore('auto')
    expect(pool.getSession('a')).toMatchObject({ totalRequests: 6, verified: true, saved: true })
    expect(await stored(first)).toBe(6)
    expect(await stored(second)).toBe(6)
  })

  test('leaves what is in the store that was left, and does not write there any more', async () => {
    const [first, second] = [heldStore(), heldStore()]
    const { pool } = await poolOn(memoryStore(), 1)
    await pool.switchStore(first.store)
    count(pool, 1)
    const { left } = await pool.switchStore(second.store)
    expect(left).toEqual([{ store: 'held', unsaved: 0 }])
    count(pool, 1)
    await pool.saveSessionMetadata('a')
    expect([await stored(first), await stored(second)]).toEqual([2, 3])
    expect(first.isOpen()).toBe(false)
  })

  test('to what is in force changes nothing', async () => {
    const first = heldStore()
    const { pool } = await poolOn(first.store, 1)
    const before = first.log.filter((call) => call === 'open').length
    expect(await pool.switchStore(first.store)).toMatchObject({ changed: false, epoch: 0 })
    expect(first.log.filter((call) => call === 'open')).toHaveLength(before)
  })

  test.each(['open', 'getMany', 'setMany', 'deleteMany'] as const)(
    'leaves everything as it was when %s of the new store fails',
    async (call) => {
      const [first, second] = [heldStore(), heldStore()]
      const { pool } = await poolOn(first.store, 1)
      second.fail(call)
      await expect(pool.switchStore(second.store)).rejects.toMatchObject({
        code: 'STORE_UNAVAILABLE',
        message: expect.stringContaining('everything is as it was'),
      })
      expect(pool.persistence()).toMatchObject({
        desired: { layer: 'config' },
        effective: { stores: ['held'], reason: 'ok', epoch: 0 },
        stores: [{ store: 'held', role: 'primary' }],
      })
      count(pool, 1)
      await pool.saveSessionMetadata('a')
      expect(await stored(first)).toBe(2)
      await vi.waitFor(() => expect(second.isOpen()).toBe(false))
      second.mend()
      await pool.switchStore(second.store)
      expect(await stored(second)).toBe(2)
    },
  )

  test.each(['open', 'getMany', 'setMany'] as const)('gives up by its deadline when %s hangs', async (call) => {
    const [first, second] = [heldStore(), heldStore()]
    const { pool } = await poolOn(first.store, 1)
    const held = second.holdBefore(call)
    await expect(pool.switchStore(second.store, { deadlineMs: 30 })).rejects.toMatchObject({ code: 'STORE_TIMEOUT' })
    expect(pool.persistence()).toMatchObject({ effective: { stores: ['held'], epoch: 0 }, stores: [{}] })
    expect(pool.persistence().switching).toBeUndefined()
    held.release()
    await vi.waitFor(() => expect(second.isOpen()).toBe(false))
    await pool.switchStore(second.store)
    expect(await stored(second)).toBe(1)
  })

  test('concurrent switches take turns, and the last one is in force', async () => {
    const [first, second, third] = [heldStore(), heldStore(), heldStore()]
    const { pool } = await poolOn(first.store, 1)
    const reports = await Promise.all([
      pool.switchStore(second.store),
      pool.switchStore({ store: third.store, mirror: [second.store] }),
      pool.switchStore('memory'),
      pool.switchStore(third.store),
    ])
    expect(reports.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4])
    expect(pool.persistence().stores.map(({ role }) => role)).toEqual(['primary', 'kept'])
    expect([await stored(first), await stored(third)]).toEqual([1, 1])
  })

  test('a mirror is promoted and the former store let go, without one request lost', async () => {
    const [first, second] = [heldStore(), heldStore()]
    const host = memoryHost()
    const { pool } = makePool({ host, metadata: { store: 'memory' } })
    await pool.start()
    await pool.getOrCreateSession('a')
    for (const selection of [
      first.store,
      { store: first.store, mirror: [second.store] },
      { store: second.store, mirror: [first.store] },
      second.store,
    ]) {
      count(pool, 1)
      await pool.switchStore(selection)
    }
    expect(await stored(second)).toBe(4)
    expect(await stored(first)).toBe(4)
    expect(first.isOpen()).toBe(false)
  })

  test('does not let a healthy store go while the one that would stay is failing', async () => {
    const [first, second] = [heldStore(), heldStore()]
    const { pool } = await poolOn('memory', 1)
    await pool.switchStore({ store: first.store, mirror: [second.store] })
    second.fail('setMany')
    count(pool, 1)
    await expect(pool.switchStore(second.store)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    await pool.saveSessionMetadata('a')
    expect(await stored(first)).toBe(2)
    expect(pool.persistence().desired).toMatchObject({ mirror: ['held'] })
  })

  test('what a save acknowledged while a store was being filled is in that store', async () => {
    const [first, second] = [heldStore(), heldStore()]
    const { pool } = await poolOn('memory', 1)
    await pool.switchStore(first.store)
    // The probe is the first write, the filling the second.
    second.holdBefore('setMany').release()
    const filling = second.holdAfter('setMany')
    filling.release()
    const held = second.holdBefore('setMany')
    const switching = pool.switchStore(second.store)
    await held.reached
    count(pool, 1)
    const saving = pool.saveSessionMetadata('a')
    held.release()
    await saving
    expect(await stored(second)).toBe(2)
    await switching
  })

  test('refuses what is no selection, and a store that is selected twice', async () => {
    const first = heldStore()
    const { pool } = await poolOn(first.store)
    for (const wrong of [undefined, null, 3, '', {}, { store: 3 }, { store: 'memory', mirror: 'file' }, []]) {
      await expect(pool.switchStore(wrong as never)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
    }
    await expect(pool.switchStore({ store: first.store, mirror: [first.store] })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    })
    await expect(pool.switchStore('fiel')).rejects.toMatchObject({ code: 'CONFIG_UNKNOWN_STORE' })
    for (const deadlineMs of [0, -1, Number.NaN, '5' as never]) {
      await expect(pool.switchStore('memory', { deadlineMs })).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
    }
    expect(pool.persistence().effective.epoch).toBe(0)
  })

  test('a lock that another writer holds is a reason to give up', async () => {
    const [first, second] = [heldStore(), heldStore()]
    const { pool } = await poolOn(first.store)
    second.lock()
    await expect(pool.switchStore(second.store)).rejects.toMatchObject({ code: 'STORE_LOCKED' })
  })

  test('during stop() and after it is refused, and stop() waits for none that hangs', async () => {
    const [first, second] = [heldStore(), heldStore()]
    const { pool } = await poolOn(first.store, 1)
    const held = second.holdBefore('open')
    const switching = pool.switchStore(second.store)
    await held.reached
    const stopping = pool.stop({ deadlineMs: 500 })
    await expect(switching).rejects.toMatchObject({ code: 'POOL_STOPPED' })
    await expect(pool.switchStore(second.store)).rejects.toMatchObject({ code: 'POOL_STOPPED' })
    held.release()
    expect(await stopping).toEqual({ saved: 1, unsaved: [] })
    await expect(pool.switchStore(second.store)).rejects.toMatchObject({ code: 'POOL_STOPPED' })
    await expect(pool.rollback()).rejects.toMatchObject({ code: 'POOL_STOPPED' })
  })

  test('a session deleted while the new store is being read does not stay there', async () => {
    const [first, second] = [heldStore(), heldStore()]
    const { pool, host } = await poolOn(first.store, 1)
    const { incarnation } = (await host.list())[0] ?? {}
    await fill(second.store, [record('claude-a', { incarnation })])
    const held = second.holdAfter('getMany')
    held.release()
    const reading = second.holdBefore('getMany')
    const switching = pool.switchStore(second.store)
    await reading.reached
    await pool.deleteSession('a')
    reading.release()
    await switching
    await vi.waitFor(async () => expect((await second.stored()).size).toBe(0))
  })
})

describe('rollback()', () => {
  test('lets go of every store at once though each of them hangs, and the pool serves', async () => {
    const [first, second] = [heldStore(), heldStore()]
    const { pool } = await poolOn(first.store, 1, [second.store])
    const held = [first.holdBefore('setMany'), second.holdBefore('setMany')]
    count(pool, 1)
    await Promise.all(held.map(({ reached }) => reached))
    let done = false
    void pool.rollback({ reason: 'the disk hangs' }).then(() => {
      done = true
    })
    await Promise.resolve()
    await Promise.resolve()
    expect(done).toBe(true)
    expect(pool.persistence()).toMatchObject({
      desired: { store: 'memory', layer: 'runtime', reason: 'the disk hangs' },
      effective: { stores: ['memory'], epoch: 1 },
    })
    count(pool, 1)
    await pool.getOrCreateSession('b')
    await vi.waitFor(() => expect(pool.persistence().effective.reason).toBe('rolled-back'))
    for (const { release } of held) release()
    await pool.switchStore('auto')
    await vi.waitFor(async () => expect([await stored(first), await stored(second)]).toEqual([3, 3]))
  })

  test('overtakes a switch that hangs, and those that wait', async () => {
    const [first, second] = [heldStore(), heldStore()]
    const { pool } = await poolOn(first.store, 1)
    const held = second.holdBefore('open')
    const switches = [pool.switchStore(second.store), pool.switchStore(first.store)]
    await held.reached
    await pool.rollback()
    for (const one of switches) await expect(one).rejects.toMatchObject({ code: 'SWITCH_SUPERSEDED', retryable: true })
    expect(pool.persistence().stores.map(({ store }) => store)).toEqual(['memory'])
    held.release()
    await vi.waitFor(() => expect(second.isOpen()).toBe(false))
    await pool.switchStore('auto')
    expect(await stored(first)).toBe(1)
  })

  test('overtakes a switch that was asked for just before it, at whatever point that is', async () => {
    for (let ticks = 0; ticks < 60; ticks += 1) {
      const [first, second] = [heldStore(), heldStore()]
      const { pool } = await poolOn(first.store, 1)
      const switching = Promise.allSettled([pool.switchStore(ticks % 2 ? second.store : first.store)])
      for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve()
      await pool.rollback()
      await switching
      expect(pool.persistence().stores.map(({ store }) => store)).toEqual(['memory'])
      expect(pool.persistence().desired.store).toBe('memory')
    }
  })

  test('before and during start() keeps every configured store out', async () => {
    const first = heldStore()
    const { pool } = makePool({ host: memoryHost(), metadata: { store: first.store } })
    await pool.rollback()
    await pool.start()
    expect(first.log).toEqual([])
    const second = heldStore()
    const other = makePool({ host: memoryHost(), metadata: { store: second.store } })
    const held = second.holdBefore('open')
    const starting = other.pool.start()
    await held.reached
    await other.pool.rollback()
    await starting
    expect(other.pool.persistence().stores.map(({ store }) => store)).toEqual(['memory'])
    held.release()
  })

  test('does not report a session as without metadata that a store was never heard about', async () => {
    const first = heldStore()
    const host = memoryHost()
    const before = makePool({ host, metadata: { store: first.store } })
    await before.pool.start()
    await before.pool.getOrCreateSession('a')
    count(before.pool, 9)
    await before.pool.stop()
    first.fail('open')
    const { pool, log } = makePool({ host, metadata: { store: first.store } })
    await pool.start()
    await pool.rollback()
    await vi.waitFor(() => expect(pool.persistence().effective.reason).toBe('rolled-back'))
    await pool.discoverExistingSessions()
    count(pool, 1)
    expect(log.with('Session discovered without metadata - using defaults')).toEqual([])
    expect(pool.getSession('a')).toMatchObject({ verified: false, totalRequests: 1 })
    first.mend()
    await pool.switchStore('auto')
    expect(pool.getSession('a')).toMatchObject({ verified: true, totalRequests: 10 })
  })
})
