import { virtualClock } from '@sessionkeep/contracts/testing'
import { expect, test } from 'vitest'
import type { SessionHost } from '../../src/index.ts'
import { createSession } from '../../src/sessions/session.ts'
import { createSessionTable } from '../../src/sessions/session-table.ts'
import { memoryHost } from '../../src/testing.ts'
import { heldStore } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'
import { clock, until } from '../support/time.ts'

/** A pool on a host whose sessions can be listed as exited, and then as living again. */
async function poolOverOneThatHides() {
  const inner = memoryHost({ clock })
  const screen = { hidden: false }
  const host: SessionHost = {
    ...inner,
    list: async () => (await inner.list()).map((session) => ({ ...session, exited: screen.hidden })),
  }
  const held = heldStore()
  const { pool } = makePool({ host, metadata: { store: held.store } })
  await pool.start()
  await pool.getOrCreateSession('a')
  for (let i = 0; i < 9; i += 1) await pool.withRequest('a', () => undefined)
  await pool.saveSessionMetadata('a')
  screen.hidden = true
  await until(() => expect(pool.getSession('a')).toBeUndefined())
  screen.hidden = false
  return { pool, held }
}

test('an incarnation that was not listed for a while keeps its history', async () => {
  const { pool } = await poolOverOneThatHides()
  await pool.discoverExistingSessions()
  await until(() => expect(pool.getSession('a')?.totalRequests).toBe(9))
})

test('an incarnation that was not listed for a while is stored with its history when it is listed again', async () => {
  const { pool, held } = await poolOverOneThatHides()
  await until(() => expect(pool.getSession('a')).toMatchObject({ totalRequests: 9, saved: true }))
  const stored = (await held.stored()).get('claude-a')
  expect(stored).toMatchObject({ totalRequests: 9 })
  expect(stored?.expiresAt).toBeUndefined()
})

test('the pool remembers that an incarnation was deleted when its name is used again', () => {
  const table = createSessionTable(virtualClock())
  const common = { workspace: 'a', life: 'run', seenAliveAt: 0 }
  const deleted = createSession({ ...common, hosted: { sessionName: 'claude-a', incarnation: '1' }, phase: 'live' })
  table.addLiving(deleted)
  table.end(deleted, 'deleted')
  table.noteDeleted('1')
  table.addTombstone(deleted)
  table.addLiving(createSession({ ...common, hosted: { sessionName: 'claude-a', incarnation: '2' }, phase: 'live' }))
  expect(table.tombstones()).toEqual([])
  expect([table.isDeleted('1'), table.isDeleted('2')]).toEqual([true, false])
})

test('the newest 10,000 deleted incarnations are remembered', () => {
  const table = createSessionTable(virtualClock())
  for (let at = 0; at <= 10_000; at += 1) table.noteDeleted(`${at}`)
  expect(['0', '1', '10000'].map(table.isDeleted)).toEqual([false, true, true])
})

test('the last record of a session replaces that of a deleted session of the same name, which a store still has', async () => {
  const host = memoryHost({ clock })
  const held = heldStore()
  const { pool } = makePool({ host, metadata: { store: held.store } })
  await pool.start()
  await pool.getOrCreateSession('a')
  await pool.saveSessionMetadata('a')
  held.failName('deleteMany', 'claude-a')
  held.failName('setMany', 'claude-a')
  await pool.deleteSession('a')
  const { incarnation } = await pool.getOrCreateSession('a')
  host.control.exit('claude-a')
  await until(() => expect(pool.getSession('a')).toBeUndefined())
  await pool.discoverExistingSessions()
  held.mend()
  await until(async () => expect((await held.stored()).get('claude-a')).toMatchObject({ incarnation }))
})
