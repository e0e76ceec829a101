import { expect, test, vi } from 'vitest'
import { memoryHost } from '../../src/index.ts'
import { heldStore } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'

test('a survey that began before a rename does not undo it', async () => {
  const host = memoryHost()
  await host.create('claude-a', { workspace: 'a', pool: 'claude-', createdAt: 1000 })
  const held = heldStore()
  const { pool } = makePool({ host, metadata: { store: held.store, callDeadlineMs: 5000, attachDeadlineMs: 5000 } })
  await pool.start()
  const renamed: string[] = []
  pool.on('session:renamed', ({ session, from }) => {
    renamed.push(`${from}>${session.sessionName}`)
  })
  const reading = held.holdBefore('getMany')
  const discovering = pool.discoverExistingSessions()
  await reading.reached
  host.control.rename('claude-a', 'claude-b')
  await vi.waitFor(() => expect(renamed).toHaveLength(1))
  reading.release()
  await discovering
  await pool.discoverExistingSessions()
  expect(renamed).toEqual(['claude-a>claude-b'])
  expect(pool.getSession('a')?.sessionName).toBe('claude-b')
})
