import { expect, test } from 'vitest'
import { createSessionPool } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { fill, heldStore, silentLogger } from '../support/held-store.ts'
import { clock, until } from '../support/time.ts'

async function poolOn(held: ReturnType<typeof heldStore>, host = memoryHost({ clock })) {
  const pool = createSessionPool({
    clock,
    host,
    metadata: { store: held.store, flushIntervalMs: 3_600_000, ackTimeoutMs: 20 },
    logger: silentLogger,
  })
  await pool.start()
  return { host, pool }
}

test('a session deleted while its record is being written leaves no record behind', async () => {
  const held = heldStore()
  const { pool } = await poolOn(held)
  await pool.getOrCreateSession('a')
  const writing = held.holdBefore('setMany')
  pool.trackRequestStart('a')
  const saving = pool.saveSessionMetadata('a')
  saving.catch(() => undefined)
  await writing.reached
  await pool.deleteSession('a', { force: true })
  writing.release()
  await saving
  expect(await pool.stop()).toEqual({ saved: 0, unsaved: [] })
  expect([...(await held.stored()).keys()]).toEqual([])
})

test('a save is not acknowledged by the write of an earlier session of the same name', async () => {
  const held = heldStore()
  const { pool } = await poolOn(held)
  await pool.getOrCreateSession('a')
  for (let i = 0; i < 5; i += 1) pool.touch('a')
  const writing = held.holdBefore('setMany')
  pool.saveSessionMetadata('a').catch(() => undefined)
  await writing.reached
  await pool.deleteSession('a')
  const recreated = await pool.getOrCreateSession('a')
  const later = [held.holdBefore('setMany'), held.holdBefore('deleteMany')]
  let acknowledged: unknown
  const saving = pool.saveSessionMetadata('a').then(() => {
    acknowledged = 'saved'
  })
  writing.release()
  await Promise.race(later.map(({ reached }) => reached))
  await new Promise((resolve) => setImmediate(resolve))
  expect({ acknowledged, saved: pool.getSession('a')?.saved }).toEqual({ acknowledged: undefined, saved: false })
  for (const { release } of later) release()
  await saving
  expect((await held.stored()).get('claude-a')).toMatchObject({ incarnation: recreated.incarnation })
  await pool.stop()
})

test('a record that is deleted while a discovery reads the store does not count as an orphan', async () => {
  const held = heldStore()
  const { pool } = await poolOn(held)
  await pool.getOrCreateSession('a')
  const deleting = held.holdBefore('deleteMany')
  await pool.deleteSession('a')
  await deleting.reached
  const reading = held.holdAfter('getMany')
  const discovery = pool.discoverExistingSessions()
  await reading.reached
  deleting.release()
  await until(() => expect(pool.persistence().stores[0]?.dirty).toBe(0))
  reading.release()
  expect((await discovery).orphaned).toEqual([])
  await pool.stop()
  expect([...(await held.stored()).keys()]).toEqual([])
})

test('a session renamed while its record is being written leaves no record under its former name', async () => {
  const held = heldStore()
  const { pool, host } = await poolOn(held)
  await pool.getOrCreateSession('a')
  pool.trackRequestStart('a')
  const writing = held.holdBefore('setMany')
  pool.saveSessionMetadata('a').catch(() => undefined)
  await writing.reached
  host.control.rename('claude-a', 'claude-b')
  await pool.discoverExistingSessions()
  writing.release()
  await pool.saveSessionMetadata('a')
  await pool.stop()
  expect([...(await held.stored()).keys()]).toEqual(['claude-b'])
})

test('a discovery that read an unreadable record does not set aside the record that was written since', async () => {
  const held = heldStore()
  const host = memoryHost({ clock })
  await fill(held.store, [{ sessionName: 'claude-a', totalRequests: 'many' }])
  host.control.add('claude-a')
  const writing = held.holdBefore('setAside')
  const { pool } = await poolOn(held, host)
  await writing.reached
  const reading = held.holdAfter('getMany')
  const discovery = pool.discoverExistingSessions()
  await reading.reached
  writing.release()
  await pool.saveSessionMetadata('a')
  reading.release()
  await discovery
  held.log.length = 0
  pool.touch('a')
  await pool.saveSessionMetadata('a')
  await pool.stop()
  expect(held.log).not.toContain('setAside')
})
