import { memoryStore } from '@sessionkeep/core'
import { expect, test, vi } from 'vitest'
import { fixture } from './fixture.ts'

test('a session whose pane ended and was respawned keeps its history, and its revision grows', async () => {
  const { pool, server } = fixture()
  const one = pool({ metadata: { store: memoryStore() }, livenessIntervalMs: 50 })
  await one.start()
  await one.getOrCreateSession('a', { command: 'sleep 1000' })
  await server.tmux('set-option', '-t', '=claude-a:', 'remain-on-exit', 'on')
  for (let i = 0; i < 9; i += 1) await one.withRequest('a', () => undefined)
  const before = await one.saveSessionMetadata('a')
  await server.tmux('respawn-pane', '-k', '-t', '=claude-a:', 'true')
  await vi.waitFor(() => expect(one.getSession('a')).toBeUndefined())
  await server.tmux('respawn-pane', '-k', '-t', '=claude-a:', 'sleep 1000')
  await one.discoverExistingSessions()
  await vi.waitFor(() => expect(one.getSession('a')?.totalRequests).toBe(9))
  expect((await one.saveSessionMetadata('a')).revision).toBeGreaterThan(before.revision)
})
