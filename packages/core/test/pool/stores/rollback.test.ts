import { expect, test } from 'vitest'
import { memoryHost } from '../../../src/testing.ts'
import { heldStore } from '../../support/held-store.ts'
import { count, poolOn, stored } from '../../support/one-session.ts'
import { makePool } from '../../support/pools.ts'
import { clock, until } from '../../support/time.ts'

test('detaches every store at once although each of them hangs, and the pool goes on', async () => {
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
  await until(() => expect(pool.persistence().effective.reason).toBe('rolled-back'))
  for (const { release } of held) release()
  await pool.switchStore('auto')
  await until(async () => expect([await stored(first), await stored(second)]).toEqual([3, 3]))
})

test('supersedes a switch that hangs, and the switches that wait for it', async () => {
  const [first, second] = [heldStore(), heldStore()]
  const { pool } = await poolOn(first.store, 1)
  const held = second.holdBefore('open')
  const switches = [pool.switchStore(second.store), pool.switchStore(first.store)]
  await held.reached
  await pool.rollback()
  for (const one of switches) await expect(one).rejects.toMatchObject({ code: 'SWITCH_SUPERSEDED', retryable: true })
  expect(pool.persistence().stores).toEqual([])
  held.release()
  await until(() => expect(second.isOpen()).toBe(false))
  await pool.switchStore('auto')
  expect(await stored(first)).toBe(1)
})

test('supersedes a switch that was requested just before it, whatever that is doing', async () => {
  for (let ticks = 0; ticks < 60; ticks += 1) {
    const [first, second] = [heldStore(), heldStore()]
    const { pool } = await poolOn(first.store, 1)
    const switching = Promise.allSettled([pool.switchStore(ticks % 2 ? second.store : first.store)])
    for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve()
    await pool.rollback()
    await switching
    expect(pool.persistence().stores).toEqual([])
    expect(pool.persistence().desired.store).toBe('memory')
  }
})

test('before or during start() prevents every configured store from being attached', async () => {
  const first = heldStore()
  const { pool } = makePool({ host: memoryHost({ clock }), metadata: { store: first.store } })
  await pool.rollback()
  await pool.start()
  expect(first.log).toEqual([])
  const second = heldStore()
  const other = makePool({ host: memoryHost({ clock }), metadata: { store: second.store } })
  const held = second.holdBefore('open')
  const starting = other.pool.start()
  await held.reached
  await other.pool.rollback()
  await starting
  expect(other.pool.persistence().stores).toEqual([])
  held.release()
})

test('does not report a session as adopted when a store never answered for it', async () => {
  const first = heldStore()
  const host = memoryHost({ clock })
  const before = makePool({ host, metadata: { store: first.store } })
  await before.pool.start()
  await before.pool.getOrCreateSession('a')
  count(before.pool, 9)
  await before.pool.stop()
  first.fail('open')
  const { pool, log } = makePool({ host, metadata: { store: first.store } })
  await pool.start()
  await pool.rollback()
  await until(() => expect(pool.persistence().effective.reason).toBe('rolled-back'))
  await pool.discoverExistingSessions()
  count(pool, 1)
  expect(log.with('Session discovered without metadata - using defaults')).toEqual([])
  expect(pool.getSession('a')).toMatchObject({ verified: false, totalRequests: 1 })
  first.mend()
  await pool.switchStore('auto')
  expect(pool.getSession('a')).toMatchObject({ verified: true, totalRequests: 10 })
})

test('does not report it as adopted either when neither host nor store had answered before the rollback', async () => {
  const first = heldStore()
  const before = await poolOn(first.store, 9)
  await before.pool.stop()
  first.fail('open')
  let down = true
  const host = {
    ...before.host,
    list: async () => {
      if (down) throw new Error('down')
      return before.host.list()
    },
  }
  const { pool, log } = makePool({ host, metadata: { store: first.store } })
  await pool.start()
  await pool.rollback()
  await until(() => expect(pool.persistence().effective.reason).toBe('rolled-back'))
  down = false
  await until(() => expect(pool.getSession('a')).toBeDefined())
  await pool.discoverExistingSessions()
  expect(log.with('Session discovered without metadata - using defaults')).toEqual([])
  expect(pool.getSession('a')).toMatchObject({ verified: false })
  first.mend()
  await pool.switchStore('auto')
  expect(pool.getSession('a')).toMatchObject({ verified: true, totalRequests: 9 })
})

test('rolls back whatever its options are', async () => {
  const { pool } = await poolOn(heldStore().store)
  await pool.rollback(null as never)
  expect(pool.persistence().desired).toMatchObject({ store: 'memory', reason: 'rollback' })
})
