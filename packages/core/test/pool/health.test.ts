import { expect, test } from 'vitest'
import { memoryHost } from '../../src/testing.ts'
import { faultyStore } from '../support/faulty-store.ts'
import { makePool } from '../support/pools.ts'
import { clock, until } from '../support/time.ts'

test('health() is starting, ok, degraded while a store fails, ok again, and stopped', async () => {
  const { store, faults } = faultyStore()
  const { pool, log } = makePool({ host: memoryHost({ clock }), poolId: 'p', metadata: { store } })
  expect(pool.health()).toMatchObject({ pool: 'p', status: 'starting', sessions: 0, unsaved: 0 })
  await pool.start()
  await pool.getOrCreateSession('docs')
  await pool.saveSessionMetadata('docs')
  expect(pool.health()).toMatchObject({ status: 'ok', persistence: 'ok', sessions: 1, unsaved: 0, oldestDirtyMs: 0 })

  faults.setMany = 'reject'
  pool.touch('docs')
  await until(() => expect(pool.health()).toMatchObject({ status: 'degraded', persistence: 'degraded', unsaved: 1 }))
  expect(pool.health().stores).toEqual([
    expect.objectContaining({ store: 'faulty', role: 'primary', dirty: 1, code: 'STORE_UNAVAILABLE' }),
  ])
  faults.setMany = 'none'
  await until(() => expect(pool.health()).toMatchObject({ status: 'ok', unsaved: 0 }))
  await pool.stop()
  expect(pool.health().status).toBe('stopped')

  // The default level is info, so the start and each recovery are told beside the faults.
  expect(log.with('Pool started')).toMatchObject([
    { level: 'info', fields: { pool: 'p', stores: ['faulty'], layer: 'config', sessions: 0, host: 'available' } },
  ])
  expect(log.with('Store attached').map(({ level }) => level)).toEqual(['info', 'info'])
})

test('health() is unavailable while the host does not answer, and its return is told', async () => {
  const host = memoryHost({ clock })
  let isDown = false
  const list = async () => {
    if (isDown) throw new Error('no server')
    return host.list()
  }
  const { pool, log } = makePool({ host: { ...host, list }, metadata: { store: 'memory' } })
  await pool.start()
  expect(pool.health().status).toBe('ok')
  isDown = true
  await until(() => expect(pool.health()).toMatchObject({ status: 'unavailable', host: { reason: 'no server' } }))
  isDown = false
  await until(() => expect(pool.health().status).toBe('ok'))
  expect(log.with('Host available again')).toMatchObject([{ level: 'info' }])
})
