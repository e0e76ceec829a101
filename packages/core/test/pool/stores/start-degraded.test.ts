import { memoryHost } from '@sessionkeep/contracts/testing'
import { expect, test } from 'vitest'
import { type MetadataStore, memoryStore, StoreError } from '../../../src/index.ts'
import { makePool } from '../../support/pools.ts'
import { clock } from '../../support/time.ts'

/** A store that cannot be used as configured until `isRight` is set. */
function wronglyConfigured() {
  const store = memoryStore()
  const state = { isRight: false }
  const made: MetadataStore = {
    ...store,
    name: 'wrong',
    async open(context) {
      if (!state.isRight) throw new StoreError('STORE_MISCONFIGURED', 'The password is wrong.')
      await store.open?.(context)
    },
  }
  return { made, state }
}

test('a mirror that cannot be used as configured does not keep a pool from starting: it is told, and attached once it is mended', async () => {
  const { made, state } = wronglyConfigured()
  const { pool, log } = makePool({ host: memoryHost(), metadata: { store: memoryStore(), mirror: [made] } })
  await pool.start()
  await pool.getOrCreateSession('docs')
  expect(pool.persistence()).toMatchObject({
    effective: { reason: 'degraded', stores: ['memory'] },
    stores: [{ state: 'attached' }, { store: 'wrong', state: 'degraded', lastError: { code: 'STORE_MISCONFIGURED' } }],
  })
  const [, mirror] = pool.persistence().stores
  expect(mirror?.degradedSince).toBeLessThanOrEqual(clock.date())
  expect(mirror?.lastErrorAt).toBeGreaterThanOrEqual(mirror?.degradedSince ?? 0)
  expect(log.lines.map(({ fields }) => fields.code)).toContain('STORE_MISCONFIGURED')
  state.isRight = true
  await pool.saveSessionMetadata('docs')
  await expect.poll(() => pool.persistence().effective.reason).toBe('ok')
  expect(pool.persistence().stores[1]).not.toHaveProperty('degradedSince')
})

test('a primary store that cannot be used as configured ends the start, or with startDegraded is tried again', async () => {
  const { made, state } = wronglyConfigured()
  const strict = makePool({ host: memoryHost(), metadata: { store: made } })
  await expect(strict.pool.start()).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  const { pool } = makePool({ host: memoryHost(), metadata: { store: made, startDegraded: true } })
  await pool.start()
  await pool.getOrCreateSession('docs')
  expect(pool.persistence().effective).toMatchObject({ reason: 'degraded', stores: ['memory'] })
  state.isRight = true
  await expect.poll(() => pool.persistence().effective.reason).toBe('ok')
  await pool.saveSessionMetadata('docs')
})
