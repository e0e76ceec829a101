import { expect, test } from 'vitest'
import { fixture } from './fixture.ts'

test('a session whose pane ended and was started again by hand while no pool ran keeps its history', async () => {
  const { pool, server } = fixture()
  const one = pool()
  await one.start()
  await one.getOrCreateSession('a', { command: 'sleep 1000' })
  for (let i = 0; i < 9; i += 1) await one.withRequest('a', () => undefined)
  const before = one.getSession('a')
  await one.stop()
  await server.tmux('respawn-pane', '-k', '-t', '=claude-a:', 'sleep 1000')
  const two = pool()
  await two.start()
  expect(two.getSession('a')).toMatchObject({ totalRequests: 9, incarnation: before?.incarnation })
})
