import { expect, test, vi } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { makePool } from '../support/pools.ts'
import { clock } from '../support/time.ts'

test('off() removes a listener from one event, and leaves it on the other', async () => {
  const { pool } = makePool({ host: memoryHost({ clock }), metadata: { store: memoryStore() } })
  const listener = vi.fn()
  pool.on('session:created', listener)
  pool.on('session:deleted', listener)
  pool.off('session:created', listener)
  await pool.start()
  await pool.getOrCreateSession('a')
  expect(listener).not.toHaveBeenCalled()
  await pool.deleteSession('a')
  expect(listener).toHaveBeenCalledOnce()
})

test('a listener that was registered twice is called twice, and off() removes one registration', async () => {
  const { pool } = makePool({ host: memoryHost({ clock }), metadata: { store: memoryStore() } })
  const listener = vi.fn()
  pool.on('session:created', listener)
  pool.on('session:created', listener)
  await pool.start()
  await pool.getOrCreateSession('a')
  expect(listener).toHaveBeenCalledTimes(2)
  pool.off('session:created', listener)
  await pool.getOrCreateSession('b')
  expect(listener).toHaveBeenCalledTimes(3)
  pool.off('session:created', listener)
  pool.off('session:created', listener)
  await pool.getOrCreateSession('c')
  expect(listener).toHaveBeenCalledTimes(3)
})
