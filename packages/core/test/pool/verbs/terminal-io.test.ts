import { expect, test } from 'vitest'
import { memoryHost, memoryStore } from '../../../src/index.ts'
import { makePool } from '../../support/pools.ts'

test('sendText() works before start()', async () => {
  const host = memoryHost()
  const session = await host.create('claude-a', { workspace: 'a', pool: 'claude-', createdAt: 1000 })
  const { pool } = makePool({ host, metadata: { store: memoryStore() } })
  await pool.sendText('a', 'x')
  expect(await host.capture(session)).toBe('x')
})
