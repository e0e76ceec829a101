import { expect, test } from 'vitest'
import type { MetadataStore } from '../../../src/index.ts'
import { memoryHost } from '../../../src/testing.ts'
import { gate } from '../../support/gate.ts'
import { heldStore } from '../../support/held-store.ts'
import { count, detachedDuringWrite, poolOn, stored } from '../../support/one-session.ts'
import { makePool } from '../../support/pools.ts'
import { clock, sleep, until } from '../../support/time.ts'

/** Longer than any test may take, so that a wait for it fails the test. */
const FOR_EVER = 3_600_000

/** A store whose close() waits for the test. */
function slowToClose() {
  const held = heldStore()
  const asked = gate()
  const allowed = gate()
  const store: MetadataStore = {
    ...held.store,
    async close() {
      asked.open()
      await allowed.opened
      await held.store.close?.()
    },
  }
  return { ...held, store, asked: asked.opened, letClose: allowed.open }
}

test('stop() does not wait its whole time-out for a detached store that never closes', async () => {
  const [first, second] = [slowToClose(), heldStore()]
  const { pool } = await poolOn(first.store, 1)
  await pool.rollback()
  await first.asked
  await pool.switchStore(second.store)
  count(pool, 2)
  expect(await pool.stop({ timeoutMs: FOR_EVER })).toEqual({ saved: 1, unsaved: [] })
  expect(await stored(second)).toBe(3)
  expect([first.isOpen(), second.isOpen()]).toEqual([true, false])
  first.letClose()
  await until(() => expect(first.isOpen()).toBe(false))
})

test('stop() does not wait its whole time-out for a detached store that hangs in a write, and the active store has its time', async () => {
  const second = heldStore()
  const { pool, writing } = await detachedDuringWrite()
  await pool.switchStore(second.store, { timeoutMs: 500 })
  count(pool, 5)
  expect(await pool.stop({ timeoutMs: FOR_EVER })).toEqual({ saved: 1, unsaved: [] })
  expect(await stored(second)).toBe(7)
  writing.release()
})

test('stop() ends a switch that is still detaching a store', async () => {
  const [first, second] = [slowToClose(), heldStore()]
  const { pool } = await poolOn('memory', 1)
  await pool.switchStore(first.store)
  const switching = pool.switchStore(second.store, { timeoutMs: 1_000_000 })
  await first.asked
  await pool.stop({ timeoutMs: FOR_EVER })
  expect(await switching).toMatchObject({ changed: true, detached: [{ store: 'held', unsaved: 0 }] })
  first.letClose()
})

test('stop() waits for a detached store that closes in time', async () => {
  const first = slowToClose()
  const { pool } = await poolOn(first.store, 1)
  await pool.rollback()
  await first.asked
  const stopping = pool.stop()
  clock.after(50, first.letClose)
  await stopping
  expect(first.isOpen()).toBe(false)
})

test('stop() waits for a detached store as long as its writes go on', async () => {
  const held = heldStore()
  let msEach = 0
  const store: MetadataStore = {
    ...held.store,
    async setMany(records, options) {
      await sleep(records.size * msEach)
      await held.store.setMany(records, options)
    },
  }
  const metadata = { store, callTimeoutMs: 60_000, flushIntervalMs: 60_000 }
  const { pool } = makePool({ host: memoryHost({ clock }), metadata })
  await pool.start()
  const workspaces = Array.from({ length: 40 }, (_, at) => `w${at}`)
  for (const workspace of workspaces) await pool.getOrCreateSession(workspace)
  for (const workspace of workspaces) pool.trackRequestStart(workspace)
  msEach = 50
  await pool.rollback()
  await pool.stop({ timeoutMs: FOR_EVER })
  expect(held.isOpen()).toBe(false)
  const totals = [...(await held.stored()).values()].map(({ totalRequests }) => totalRequests)
  expect(totals).toEqual(workspaces.map(() => 1))
})

test('stop() waits for one slow write of a detached store', async () => {
  const held = heldStore()
  const metadata = { store: held.store, callTimeoutMs: 60_000 }
  const { pool } = makePool({ host: memoryHost({ clock }), metadata })
  await pool.start()
  await pool.getOrCreateSession('a')
  await pool.saveSessionMetadata('a')
  const writing = held.holdBefore('setMany')
  count(pool, 3)
  await writing.reached
  await pool.rollback()
  const stopping = pool.stop({ timeoutMs: FOR_EVER })
  clock.after(1500, writing.release)
  await stopping
  expect(held.isOpen()).toBe(false)
  expect(await stored(held)).toBe(3)
})
