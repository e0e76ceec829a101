import { expect, test, vi } from 'vitest'
import { fixture } from './fixture.ts'

test('after the tmux server was killed, the next session of a workspace is launched with the last one, and keeps it in its past', async () => {
  const { pool, server, read } = fixture()
  const first = pool()
  await first.start()
  await first.getOrCreateSession('docs', { attributes: { conversation: 'a1b2' } })
  for (let i = 0; i < 3; i += 1) await first.withRequest('docs', () => undefined)
  await first.stop()
  await server.tmux('kill-server')

  const previous: unknown[] = []
  const second = pool({
    launch(_workspace, _attributes, last) {
      previous.push(last)
      return {}
    },
  })
  await second.start()
  await vi.waitFor(() => expect(second.listEnded()).toHaveLength(1))
  expect(await second.getOrCreateSession('docs')).toMatchObject({ created: true, totalRequests: 0 })
  const last = { totalRequests: 3, attributes: { conversation: 'a1b2' } }
  expect(previous).toMatchObject([last])
  expect(read('claude-docs')).toMatchObject({ totalRequests: 0, past: [last] })
  await second.stop()

  const third = pool()
  await third.start()
  expect(third.getSession('docs')?.past).toMatchObject([last])
})
