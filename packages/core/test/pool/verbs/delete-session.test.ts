import { expect, test } from 'vitest'
import { memoryStore } from '../../../src/index.ts'
import { memoryHost } from '../../../src/testing.ts'
import { heldStore } from '../../support/held-store.ts'
import { makePool } from '../../support/pools.ts'
import { clock, until } from '../../support/time.ts'

const PATIENT = { callTimeoutMs: 5000, attachTimeoutMs: 5000 }

test('deleteSession() rejects HOST_UNAVAILABLE, not SESSION_NOT_FOUND, while the host is unavailable', async () => {
  const host = memoryHost({ clock })
  await host.create('claude-a', { workspace: 'a', pool: 'claude-', createdAt: 1000 })
  host.control.setUnavailable('down')
  const { pool } = makePool({ host, metadata: { store: memoryStore() } })
  await pool.start()
  await expect(pool.deleteSession('a')).rejects.toMatchObject({ code: 'HOST_UNAVAILABLE' })
})

test('deleteSession() of a session whose command has exited removes its last screen and its record', async () => {
  const host = memoryHost({ clock })
  const held = heldStore()
  const { pool } = makePool({ host, metadata: { store: held.store } })
  await pool.start()
  await pool.getOrCreateSession('a')
  host.control.exit('claude-a')
  await until(() => expect(pool.getSession('a')).toBeUndefined())
  await pool.deleteSession('a')
  expect(await host.list()).toEqual([])
  expect([...(await held.stored()).keys()]).toEqual([])
})

test('a session that is deleted and created again starts from nothing', async () => {
  const held = heldStore()
  const { pool } = makePool({ host: memoryHost({ clock }), metadata: { store: held.store } })
  await pool.start()
  await pool.getOrCreateSession('a')
  await pool.withRequest('a', () => undefined)
  await pool.saveSessionMetadata('a')
  await pool.deleteSession('a')
  const { incarnation } = await pool.getOrCreateSession('a')
  await until(async () => expect((await held.stored()).get('claude-a')).toMatchObject({ incarnation }))
  expect((await held.stored()).get('claude-a')?.totalRequests).toBe(0)
})

test('a session that is renamed and deleted during a discovery pass leaves no record', async () => {
  const host = memoryHost({ clock })
  const held = heldStore()
  const { pool } = makePool({ host, metadata: { store: held.store, ...PATIENT } })
  await pool.start()
  await pool.getOrCreateSession('a')
  const read = held.holdBefore('getMany')
  const discovering = pool.discoverExistingSessions()
  await read.reached
  host.control.rename('claude-a', 'claude-b')
  await until(() => expect(pool.getSession('a')?.sessionName).toBe('claude-b'))
  await pool.deleteSession('a')
  read.release()
  await discovering
  await pool.discoverExistingSessions()
  await until(() => expect(pool.persistence().stores[0]?.dirty).toBe(0))
  expect([...(await held.stored()).keys()]).toEqual([])
  expect(pool.listSessions()).toEqual([])
})

test('creating and deleting go on while a call of a store hangs', async () => {
  const held = heldStore()
  const { pool } = makePool({ host: memoryHost({ clock }), metadata: { store: held.store, callTimeoutMs: 20_000 } })
  await pool.start()
  await pool.getOrCreateSession('a')
  const writing = held.holdBefore('setMany')
  pool.trackRequestStart('a')
  await writing.reached
  await pool.getOrCreateSession('b')
  await pool.deleteSession('a', { force: true })
  expect(pool.listSessions()).toMatchObject([{ workspace: 'b', saved: false }])
  writing.release()
}, 5000)
