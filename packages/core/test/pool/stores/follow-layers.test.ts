import { expect, test } from 'vitest'
import { systemClock } from '../../../src/base/clock.ts'
import { memoryHost } from '../../../src/testing.ts'
import { makeGround, pluginSource } from '../../support/ground.ts'
import { heldStore } from '../../support/held-store.ts'
import { makePool } from '../../support/pools.ts'
import { clock, until } from '../../support/time.ts'
import { turnedFlag } from '../../support/turned-flag.ts'

test('while a rollback by call is active, a change of a weaker layer does not supersede a switch', async () => {
  const [first, second] = [heldStore(), heldStore()]
  const { flag, turn } = turnedFlag()
  const { pool } = makePool({ host: memoryHost({ clock }), metadata: { store: first.store, flag } })
  await pool.start()
  await pool.getOrCreateSession('a')
  await pool.rollback()
  const held = second.holdBefore('open')
  const switching = pool.switchStore(second.store)
  switching.catch(() => undefined)
  await held.reached
  turn('memory')
  await until(() => expect(pool.persistence().afterRestart.layer).toBe('flag'))
  held.release()
  expect(await switching).toMatchObject({ changed: true })
})

test('a layer that changes during the start is followed after the start', async () => {
  const at = makeGround({ 'quick.mjs': pluginSource({ name: 'quick' }) })
  const { flag, turn } = turnedFlag()
  const quick = `${at}/quick.mjs`
  const first = heldStore()
  const held = first.holdBefore('open')
  const { pool } = makePool({
    clock: systemClock,
    host: memoryHost(),
    metadata: { store: first.store, stores: { [quick]: {} }, flag, attachTimeoutMs: 60_000, callTimeoutMs: 60_000 },
  })
  const starting = pool.start()
  await held.reached
  turn(quick)
  await until(() => expect(pool.persistence().desired.layer).toBe('flag'))
  expect(pool.persistence().switching).toBeUndefined()
  held.release()
  await starting
  await until(() => expect(pool.persistence().effective.epoch).toBe(1))
  expect(pool.persistence().stores).toMatchObject([{ store: 'quick', role: 'primary', active: true }])
  expect(pool.persistence().stores).toHaveLength(1)
})
