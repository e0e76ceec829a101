import { expect, test } from 'vitest'
import { memoryHost } from '../../../src/testing.ts'
import { heldStore } from '../../support/held-store.ts'
import { makePool } from '../../support/pools.ts'
import { clock, sleep, until } from '../../support/time.ts'

/** A pool on one store, during a switch that waits for the mirror of the new store. */
async function preparing(configured = true) {
  const [present, next, mirror] = [heldStore(), heldStore(), heldStore()]
  const deadlines = { callTimeoutMs: 20_000, saveTimeoutMs: 20_000, flushIntervalMs: 60_000 }
  const { pool } = makePool({
    host: memoryHost({ clock }),
    metadata: { store: configured ? present.store : 'memory', ...deadlines },
  })
  await pool.start()
  if (!configured) await pool.switchStore(present.store)
  await pool.getOrCreateSession('a')
  await pool.saveSessionMetadata('a')
  const opening = mirror.holdBefore('open')
  const switching = pool
    .switchStore({ store: next.store, mirror: [mirror.store] }, { timeoutMs: 20_000 })
    .catch(({ code }: { code: string }) => code)
  const isNext = () => pool.persistence().stores.find(({ store }) => store === 'held#2')
  await opening.reached
  await until(() => expect(isNext()).toMatchObject({ state: 'attached', active: false, dirty: 0 }))
  pool.trackRequestStart('a')
  const saving = () =>
    pool.saveSessionMetadata('a').then(
      ({ stores }) => stores,
      ({ code }: { code: string }) => code,
    )
  const giveUp = async () => {
    mirror.fail('open')
    opening.release()
    expect(await switching).toBe('STORE_UNAVAILABLE')
  }
  return { present, next, saving, giveUp }
}

test('a save that only a store which a switch prepares has written is not acknowledged, because the switch may fail', async () => {
  const { present, next, saving, giveUp } = await preparing()
  present.fail('setMany')
  expect(await saving()).toBe('STORE_UNAVAILABLE')
  expect((await next.stored()).get('claude-a')).toMatchObject({ totalRequests: 1 })
  await giveUp()
})

test('with persistence off, a save resolves as before while a switch prepares stores', async () => {
  const [next, mirror] = [heldStore(), heldStore()]
  const { pool } = makePool({ host: memoryHost({ clock }), metadata: { store: 'memory', callTimeoutMs: 20_000 } })
  await pool.start()
  await pool.getOrCreateSession('a')
  const opening = mirror.holdBefore('open')
  const switching = pool.switchStore({ store: next.store, mirror: [mirror.store] })
  await opening.reached
  const isNext = () => pool.persistence().stores.find(({ store }) => store === 'held')
  await until(() => expect(isNext()).toMatchObject({ state: 'attached', active: false }))
  pool.trackRequestStart('a')
  expect(await pool.saveSessionMetadata('a')).toMatchObject({ durability: 'none', stores: [] })
  opening.release()
  await switching
  await until(async () => expect((await next.stored()).get('claude-a')).toMatchObject({ totalRequests: 1 }))
})

test.each([true, false])(
  'a save is not acknowledged before the active store has it, even if the prepared store answers first (the prepared store is the configured one: %s)',
  async (configured) => {
    const { present, saving, giveUp } = await preparing(configured)
    const held = present.holdBefore('setMany')
    const saved = saving()
    await held.reached
    expect(await Promise.race([saved, sleep(50).then(() => 'waits')])).toBe('waits')
    held.release()
    expect(((await saved) as string[]).toSorted()).toEqual(['held', 'held#2'])
    await giveUp()
    expect((await present.stored()).get('claude-a')).toMatchObject({ totalRequests: 1 })
  },
)
