import { expect, vi } from 'vitest'
import { configuredGateway, type ListedSession, lasting } from './configured-gateway.ts'

type Stores = Parameters<typeof configuredGateway>[1]

/** Makes requests in two workspaces, kills the gateway, and starts it again. Returns the sessions before and after. */
export async function restartDemo(store: string, stores: Stores) {
  const { sandbox, start } = configuredGateway(store, stores)
  const first = await start()
  for (const word of ['one', 'two', 'three']) expect((await first.ask('docs', `echo ${word}`)).output).toBe(word)
  await first.ask('build', 'ticket=4711')
  const effective = await first.effective()
  const list = async () => (await first.list()) as ListedSession[]
  const isSaved = effective.reason === 'ok'
  if (isSaved) await first.save('docs')
  // The other session is saved in the background.
  if (isSaved) await vi.waitFor(async () => expect((await list()).every(({ saved }) => saved)).toBe(true))
  const before = lasting(await list())
  const panes = sandbox.panes()
  await first.end('SIGKILL')

  const second = await start()
  const after = lasting((await second.list()) as ListedSession[])
  expect([...sandbox.panes()]).toEqual([...panes])
  expect((await second.ask('build', 'echo $ticket')).output).toBe('4711')
  const counts = Object.fromEntries(
    ((await second.list()) as ListedSession[]).map((session) => [session.workspace, session.totalRequests]),
  )
  await second.end('SIGTERM')
  return { before, after, counts, effective, logged: second.errors() }
}
