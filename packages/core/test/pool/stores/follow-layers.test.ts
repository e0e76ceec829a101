import { systemClock } from '@sessionkeep/contracts/internal'
import { expect, test } from 'vitest'
import { memoryHost } from '../../../src/testing.ts'
import { makeFixture, pluginSource } from '../../support/fixture.ts'
import { heldStore } from '../../support/held-store.ts'
import { makePool } from '../../support/pools.ts'
import { settableFlag } from '../../support/settable-flag.ts'
import { clock, until } from '../../support/time.ts'

test('while a rollback by call is active, a change of a weaker layer does not supersede a switch', async () => {
  const [first, second] = [heldStore(), heldStore()]
  const { flag, set } = settableFlag()
  const { pool } = makePool({ host: memoryHost({ clock }), metadata: { store: first.store, flag } })
  await pool.start()
  await pool.getOrCreateSession('a')
  await pool.rollback()
  const held = second.holdBefore('open')
  const switching = pool.switchStore(second.store)
  switching.catch(() => undefined)
  await held.reached
  set('memory')
  await until(() => expect(pool.persistence().afterRestart.layer).toBe('flag'))
  held.release()
  expect(await switching).toMatchObject({ changed: true })
})

test('a layer that changes during the start is followed after the start', async () => {
  const at = makeFixture({ 'quick.mjs': pluginSource({ name: 'quick' }) })
  const { flag, set } = settableFlag()
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
  set(quick)
  await until(() => expect(pool.persistence().desired.layer).toBe('flag'))
  expect(pool.persistence().switching).toBeUndefined()
  held.release()
  await starting
  await until(() => expect(pool.persistence().effective.epoch).toBe(1))
  expect(pool.persistence().stores).toMatchObject([{ store: 'quick', role: 'primary', active: true }])
  expect(pool.persistence().stores).toHaveLength(1)
})
