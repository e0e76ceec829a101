import { expect, test } from 'vitest'
import { memoryHost } from '../../../src/testing.ts'
import { heldStore } from '../../support/held-store.ts'
import { count, poolOn, stored } from '../../support/one-session.ts'
import { makePool } from '../../support/pools.ts'
import { clock, sleep, until } from '../../support/time.ts'

test.each(['open', 'getMany', 'setMany', 'deleteMany'] as const)(
  'changes nothing when %s of the new store fails',
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
    await until(() => expect(second.isOpen()).toBe(false))
    second.mend()
    await pool.switchStore(second.store)
    expect(await stored(second)).toBe(2)
  },
)

test.each(['open', 'getMany', 'setMany'] as const)('gives up after its time-out when %s hangs', async (call) => {
  const [first, second] = [heldStore(), heldStore()]
  const { pool } = await poolOn(first.store, 1)
  const held = second.holdBefore(call)
  await expect(pool.switchStore(second.store, { timeoutMs: 30 })).rejects.toMatchObject({ code: 'STORE_TIMEOUT' })
  expect(pool.persistence()).toMatchObject({ effective: { stores: ['held'], epoch: 0 }, stores: [{}] })
  expect(pool.persistence().switching).toBeUndefined()
  held.release()
  await until(() => expect(second.isOpen()).toBe(false))
  await pool.switchStore(second.store)
  expect(await stored(second)).toBe(1)
})

test('does not detach a healthy store while the one that would remain is failing', async () => {
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

test.each([5, {}, 'x'.repeat(501)])('refuses a reason that is no text or too long (%#)', async (reason) => {
  const [first, second] = [heldStore(), heldStore()]
  const { pool } = await poolOn(first.store)
  await expect(pool.switchStore(second.store, { reason: reason as never })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('reason'),
  })
  expect(pool.persistence().effective).toMatchObject({ epoch: 0, stores: ['held'] })
})

test('a rollback succeeds whatever its reason is, and keeps the beginning of a long one', async () => {
  const { pool } = await poolOn(heldStore().store)
  await pool.rollback({ reason: 'x'.repeat(1_000_000) })
  expect(pool.persistence().desired).toMatchObject({ store: 'memory', reason: 'x'.repeat(500) })
  await pool.rollback({ reason: 5 as never })
  expect(pool.persistence().desired).toMatchObject({ store: 'memory', reason: 'rollback' })
})

test('refuses an invalid selection, and a store that is selected twice', async () => {
  const first = heldStore()
  const { pool } = await poolOn(first.store)
  for (const wrong of [
    undefined,
    null,
    3,
    '',
    {},
    { store: 3 },
    { store: 'memory', mirror: 'file' },
    [],
    { getMany() {} },
    { ...first.store, name: undefined },
  ]) {
    await expect(pool.switchStore(wrong as never)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  }
  await expect(pool.switchStore({ store: first.store, mirror: [first.store] })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
  })
  await expect(pool.switchStore('fiel')).rejects.toMatchObject({ code: 'CONFIG_UNKNOWN_STORE' })
  for (const timeoutMs of [0, -1, Number.NaN, 2 ** 31, '5' as never]) {
    await expect(pool.switchStore('memory', { timeoutMs })).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  }
  expect(pool.persistence().effective.epoch).toBe(0)
})

test('fails when another writer holds the lock', async () => {
  const [first, second] = [heldStore(), heldStore()]
  const { pool } = await poolOn(first.store)
  second.lock()
  await expect(pool.switchStore(second.store)).rejects.toMatchObject({ code: 'STORE_LOCKED' })
})

test('is refused during stop() and after it, and stop() does not wait for one that hangs', async () => {
  const [first, second] = [heldStore(), heldStore()]
  const { pool } = await poolOn(first.store, 1)
  const held = second.holdBefore('open')
  const switching = pool.switchStore(second.store)
  await held.reached
  const stopping = pool.stop({ timeoutMs: 500 })
  await expect(switching).rejects.toMatchObject({ code: 'POOL_STOPPED' })
  await expect(pool.switchStore(second.store)).rejects.toMatchObject({ code: 'POOL_STOPPED' })
  held.release()
  expect(await stopping).toEqual({ saved: 1, unsaved: [] })
  await expect(pool.switchStore(second.store)).rejects.toMatchObject({ code: 'POOL_STOPPED' })
  await expect(pool.rollback()).rejects.toMatchObject({ code: 'POOL_STOPPED' })
})

test('leaves no store open that was still being loaded when another one failed', async () => {
  const [first, second] = [heldStore(), heldStore()]
  const { pool } = await poolOn(first.store, 1)
  await pool.switchStore('memory')
  second.fail('open')
  // The configured store becomes the standby, and is still being loaded when the chosen one fails.
  await expect(pool.switchStore(second.store)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  await sleep(50)
  expect(pool.persistence().stores).toEqual([])
})

test('leaves no store behind that was still draining when the switch failed', async () => {
  const [first, second] = [heldStore(), heldStore()]
  const { pool } = await poolOn(first.store, 1)
  const writing = first.holdBefore('setMany')
  count(pool, 1)
  await writing.reached
  await pool.rollback()
  second.fail('open')
  await expect(pool.switchStore(second.store)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  writing.release()
  await sleep(50)
  expect(pool.persistence().stores).toEqual([])
})

test('a store whose record of a session cannot be read does not become active', async () => {
  const [first, second] = [heldStore(), heldStore()]
  const { pool } = await poolOn('memory', 5)
  await pool.switchStore(first.store)
  await pool.saveSessionMetadata('a')
  second.failName('getMany', 'claude-a')
  await expect(pool.switchStore(second.store)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
})

test('a store that fails after its backfill does not become active', async () => {
  const [first, second, third] = [heldStore(), heldStore(), heldStore()]
  const { pool } = makePool({ host: memoryHost({ clock }), metadata: { store: 'memory', callTimeoutMs: 5000 } })
  await pool.start()
  await pool.getOrCreateSession('a')
  count(pool, 3)
  await pool.switchStore(first.store)
  const held = third.holdBefore('open')
  const switching = pool.switchStore({ store: second.store, mirror: [third.store] }, { timeoutMs: 3000 })
  switching.catch(() => undefined)
  await held.reached
  await until(async () => expect(await stored(second)).toBe(3))
  second.fail('setMany')
  second.fail('open')
  count(pool, 1)
  await until(() => expect(pool.persistence().stores.map(({ state }) => state)).toContain('degraded'))
  held.release()
  await expect(switching).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
})

test('a selection with an unknown key is refused, because a misspelt mirror would be ignored', async () => {
  const first = heldStore()
  const { pool } = await poolOn(first.store)
  await expect(pool.switchStore({ store: first.store, mirrors: [heldStore().store] } as never)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('mirrors'),
  })
})
