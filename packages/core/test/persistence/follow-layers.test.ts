import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { memoryHost } from '../../src/index.ts'
import { makeGround, pluginSource } from '../support/ground.ts'
import { heldStore } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'
import { turnedFlag } from '../support/turned-flag.ts'

/** A plug-in that takes its time to check its options, each time that it is loaded. */
function slowToCheck(name: string, ms: number): string {
  const slowly = `async (value) => (await new Promise((done) => setTimeout(() => done(true), ${ms}))) &&`
  return pluginSource({ name }).replace('(value) =>', slowly)
}

test('a change of a layer below does not supersede a switch while a rollback by call stands', async () => {
  const [first, second] = [heldStore(), heldStore()]
  const { flag, turn } = turnedFlag()
  const { pool } = makePool({ host: memoryHost(), metadata: { store: first.store, flag } })
  await pool.start()
  await pool.getOrCreateSession('a')
  await pool.rollback()
  const held = second.holdBefore('open')
  const switching = pool.switchStore(second.store)
  switching.catch(() => undefined)
  await held.reached
  turn('memory')
  await vi.waitFor(() => expect(pool.persistence().afterRestart.layer).toBe('flag'))
  held.release()
  expect(await switching).toMatchObject({ changed: true })
})

test('a layer that changes while the stores of the start are loaded is followed after them', async () => {
  const at = makeGround({ 'slow.mjs': slowToCheck('slow', 150), 'quick.mjs': slowToCheck('quick', 1) })
  const { flag, turn } = turnedFlag()
  const quick = `${at}/quick.mjs`
  const { pool } = makePool({
    host: memoryHost(),
    metadata: { store: `${at}/slow.mjs`, stores: { [quick]: {} }, flag },
  })
  const starting = pool.start()
  await sleep(220)
  turn(quick)
  await starting
  await vi.waitFor(() =>
    expect(pool.persistence()).toMatchObject({ desired: { layer: 'flag' }, effective: { epoch: 1 } }),
  )
  expect(pool.persistence().stores).toMatchObject([{ store: 'quick', role: 'primary', inForce: true }])
  expect(pool.persistence().stores).toHaveLength(1)
})
