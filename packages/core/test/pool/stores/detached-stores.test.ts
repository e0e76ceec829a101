import { expect, test } from 'vitest'
import type { SessionPool } from '../../../src/index.ts'
import { memoryHost } from '../../../src/testing.ts'
import { heldStore } from '../../support/held-store.ts'
import { count, detachedDuringWrite, poolOn, stored } from '../../support/one-session.ts'
import { makePool } from '../../support/pools.ts'
import { clock, sleep, until } from '../../support/time.ts'

/** Waits until the store that hangs in a write was given up, also by a switch back to it. */
async function giveUp(pool: Pick<SessionPool, 'switchStore'>): Promise<void> {
  await sleep(400)
  await expect(pool.switchStore('auto', { timeoutMs: 200 })).rejects.toMatchObject({ code: 'STORE_TIMEOUT' })
}

test('a late write to a store that was detached does not overwrite a newer record', async () => {
  const { pool, first, writing } = await detachedDuringWrite()
  count(pool, 1)
  await giveUp(pool)
  writing.release()
  await pool.switchStore('auto')
  expect(await stored(first)).toBe(3)
})

test('a late write does not restore the record of a session that was deleted since', async () => {
  const { pool, first, writing } = await detachedDuringWrite()
  await giveUp(pool)
  await pool.deleteSession('a')
  writing.release()
  await pool.switchStore('auto')
  const left = (await first.stored()).get('claude-a')
  expect(left === undefined || left.expiresAt !== undefined).toBe(true)
})

test('a configured store that hangs while it is detached does not block the next switch', async () => {
  const second = heldStore()
  const { pool, first, writing } = await detachedDuringWrite()
  await pool.switchStore(second.store, { timeoutMs: 50 })
  expect(await stored(second)).toBe(2)
  writing.release()
  await until(async () => expect(await stored(first)).toBe(2))
})

test('a switch waits for a standby that is being attached', async () => {
  const [first, second] = [heldStore(), heldStore()]
  const { pool } = await poolOn(first.store, 3)
  await pool.rollback()
  await until(() => expect(first.isOpen()).toBe(false))
  const held = first.holdBefore('open')
  await pool.switchStore(second.store)
  await held.reached
  const back = pool.switchStore('auto')
  clock.after(20, held.release)
  await back
  expect(pool.persistence().stores).toMatchObject([{ store: 'held', role: 'primary', state: 'attached' }])
})

test('a store that a failed switch was waiting for is not attached afterwards', async () => {
  const [bad, slow, other] = [heldStore(), heldStore(), heldStore()]
  const { pool } = makePool({ host: memoryHost({ clock }), metadata: { store: 'memory', callTimeoutMs: 5000 } })
  await pool.start()
  await pool.getOrCreateSession('a')
  await pool.switchStore(slow.store)
  const held = slow.holdBefore('setMany')
  count(pool, 1)
  await held.reached
  await pool.switchStore(other.store, { timeoutMs: 200 })
  bad.fail('open')
  await expect(pool.switchStore({ store: bad.store, mirror: [slow.store] })).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
  })
  held.release()
  await until(() => expect(slow.isOpen()).toBe(false))
  await sleep(50)
  expect(slow.isOpen()).toBe(false)
  expect(pool.persistence().stores.map(({ role, active }) => [role, active])).toEqual([['primary', true]])
})

test('after a short rollback to memory no session is unverified', async () => {
  const first = heldStore()
  const before = await poolOn(first.store, 3)
  await before.pool.stop()
  const { pool } = makePool({ host: before.host, metadata: { store: first.store } })
  await pool.start()
  expect(pool.getSession('a')).toMatchObject({ verified: true, totalRequests: 3 })
  const back = pool.rollback()
  const none = pool.switchStore('none')
  await back
  await none
  await pool.switchStore('auto')
  expect(pool.getSession('a')).toMatchObject({ verified: true, totalRequests: 3 })
})

test('on a host without incarnations, a new session inherits nothing from a store that was detached', async () => {
  const first = heldStore()
  const host = memoryHost({ clock })
  const plain = {
    ...host,
    list: async () => (await host.list()).map(({ incarnation: _, ...rest }) => rest),
    create: async (...args: Parameters<typeof host.create>) => {
      const { incarnation: _, ...rest } = await host.create(...args)
      return rest
    },
    kill: async (session: { sessionName: string }) => {
      const found = (await host.list()).find(({ sessionName }) => sessionName === session.sessionName)
      if (found) await host.kill(found)
    },
  } as typeof host
  const before = makePool({ host: plain, metadata: { store: first.store } })
  await before.pool.start()
  await before.pool.getOrCreateSession('a')
  count(before.pool, 5)
  await before.pool.stop()
  const { pool } = makePool({ host: plain, metadata: { store: first.store } })
  await pool.start()
  expect(pool.getSession('a')?.totalRequests).toBe(5)
  await pool.rollback()
  await pool.deleteSession('a')
  await pool.getOrCreateSession('a')
  count(pool, 1)
  await pool.switchStore('auto')
  expect(pool.getSession('a')?.totalRequests).toBe(1)
})

test('a detached store that hangs does not keep stop() from saving to the active store', async () => {
  const second = heldStore()
  const { pool, first, writing } = await detachedDuringWrite()
  await pool.switchStore(second.store, { timeoutMs: 500 })
  count(pool, 5)
  expect(await pool.stop({ timeoutMs: 400 })).toEqual({ saved: 1, unsaved: [] })
  expect(await stored(second)).toBe(7)
  expect(second.isOpen()).toBe(false)
  writing.release()
  await until(() => expect(first.isOpen()).toBe(false))
  await sleep(100)
  expect(first.isOpen()).toBe(false)
})

test('a listener that rolls back during a switch leaves no store open', async () => {
  const [first, second] = [heldStore(), heldStore()]
  const { pool } = await poolOn(first.store, 1)
  await pool.rollback()
  await until(() => expect(first.isOpen()).toBe(false))
  pool.on('store:attached', () => void pool.rollback())
  await pool.switchStore(second.store).catch((e) => expect(e.code).toBe('SWITCH_SUPERSEDED'))
  await sleep(200)
  expect([first.isOpen(), second.isOpen()]).toEqual([false, false])
  expect(pool.persistence().stores).toEqual([])
})

test('a session that was renamed and ended while its store failed leaves one record there, with every request', async () => {
  const first = heldStore()
  const { pool, host } = await poolOn(first.store, 3)
  await pool.saveSessionMetadata('a')
  first.fail('setMany', 'deleteMany')
  host.control.rename('claude-a', 'claude-b')
  await pool.discoverExistingSessions()
  count(pool, 2)
  await pool.rollback()
  await until(() => expect(first.isOpen()).toBe(false))
  first.mend()
  const reading = first.holdBefore('getMany')
  const back = pool.switchStore('auto')
  await reading.reached
  const [session] = await host.list()
  if (session) await host.kill(session)
  await until(() => expect(pool.listSessions()).toEqual([]))
  reading.release()
  await back
  await until(async () => {
    const records = [...(await first.stored())].map(([name, { totalRequests, expiresAt }]) => [
      name,
      totalRequests,
      typeof expiresAt,
    ])
    expect(records).toEqual([['claude-b', 5, 'number']])
  })
})

test('the record of a session that was deleted while its store was detached is deleted when the store is attached again', async () => {
  const first = heldStore()
  const { pool } = await poolOn(first.store, 3)
  await pool.getOrCreateSession('b')
  first.fail('deleteMany')
  await pool.deleteSession('b')
  await pool.rollback()
  await pool.deleteSession('a')
  await until(() => expect(first.isOpen()).toBe(false))
  expect([...(await first.stored()).keys()].sort()).toEqual(['claude-a', 'claude-b'])
  first.mend()
  await pool.switchStore('auto')
  await until(async () => expect((await first.stored()).size).toBe(0))
})
