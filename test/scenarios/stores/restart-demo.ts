import { expect, vi } from 'vitest'
import { configuredGateway, lasting, type Told } from './configured-gateway.ts'

type Stores = Parameters<typeof configuredGateway>[1]

/** Requests in two workspaces, kill -9, and the same gateway again. Answers what it told before and after. */
export async function restartDemo(store: string, stores: Stores) {
  const { ground, start } = configuredGateway(store, stores)
  const first = await start()
  for (const word of ['one', 'two', 'three']) expect((await first.ask('docs', `echo ${word}`)).output).toBe(word)
  await first.ask('build', 'ticket=4711')
  const effective = await first.effective()
  const list = async () => (await first.list()) as Told[]
  const isSaved = effective.reason === 'ok'
  if (isSaved) await first.save('docs')
  // What was not asked to be saved is saved as well, behind the requests.
  if (isSaved) await vi.waitFor(async () => expect((await list()).every(({ saved }) => saved)).toBe(true))
  const before = lasting(await list())
  const panes = ground.panes()
  await first.end('SIGKILL')

  const second = await start()
  const after = lasting((await second.list()) as Told[])
  expect([...ground.panes()]).toEqual([...panes])
  expect((await second.ask('build', 'echo $ticket')).output).toBe('4711')
  const counts = Object.fromEntries(
    ((await second.list()) as Told[]).map((told) => [told.workspace, told.totalRequests]),
  )
  await second.end('SIGTERM')
  return { before, after, counts, effective, said: second.said() }
}
