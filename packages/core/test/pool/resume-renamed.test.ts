import { expect, test } from 'vitest'
import { quick, setting, withDocs } from '../support/resume-setting.ts'
import { clock, until } from '../support/time.ts'

/** A pool whose session of `docs` was renamed by hand, and the host and store that outlive it. */
async function withRenamedDocs() {
  const set = setting()
  const first = await withDocs(set, { resume: quick })
  set.host.control.rename('claude-docs', 'my-talk')
  await until(() => expect(first.getSession('docs')).toMatchObject({ sessionName: 'my-talk' }))
  return { ...set, first }
}
const call = { signal: new AbortController().signal }
const namesIn = async ({ store }: ReturnType<typeof setting>): Promise<string[]> => {
  const names: string[] = []
  for await (const name of store.list(call)) names.push(name)
  return names.sort()
}

test('a session that was renamed by hand and lost in a reboot is in the plan of the next pool, and comes back under the name of its workspace', async () => {
  const set = await withRenamedDocs()
  await set.first.stop()
  set.host.control.reboot()
  const pool = set.pool({ resume: quick })
  await pool.start()
  expect((await pool.planResume()).resume).toMatchObject([{ workspace: 'docs', cause: 'boot' }])
  expect((await pool.resume()).resumed).toMatchObject([{ workspace: 'docs' }])
  expect(pool.getSession('docs')).toMatchObject({
    ...{ sessionName: 'claude-docs', generation: 2, totalRequests: 3, attributes: { conversation: 'a1b2' } },
  })
  // Else the record would look like that of a lost session, once this one is deleted.
  await until(async () => expect(await namesIn(set)).toEqual(['claude-docs']))
})

test('it is in the plan of the same pool too, and does not come back once the session that resumed it was deleted', async () => {
  const set = await withRenamedDocs()
  set.host.control.reboot()
  await until(() => expect(set.first.listEnded()).toMatchObject([{ workspace: 'docs', sessionName: 'my-talk' }]))
  expect(await set.first.resumeSession('docs')).toMatchObject({ sessionName: 'claude-docs', generation: 2 })
  await set.first.deleteSession('docs')
  await set.first.stop()
  const pool = set.pool({ resume: { ...quick, when: 'start' } })
  await pool.start()
  await clock.advance(500)
  expect([...pool.listSessions(), ...pool.listEnded()]).toEqual([])
})

test('a fresh session takes its place, with the renamed one as its past, and no later pool brings that one back', async () => {
  const set = await withRenamedDocs()
  await set.first.stop()
  set.host.control.reboot()
  const second = set.pool()
  await second.start()
  expect(await second.getOrCreateSession('docs')).toMatchObject({ created: true, resumed: false })
  await second.saveSessionMetadata('docs')
  await until(async () => expect(await namesIn(set)).toEqual(['claude-docs']))
  await second.stop()
  const third = set.pool({ resume: quick })
  await third.start()
  expect(third.getSession('docs')?.past).toMatchObject([{ attributes: { conversation: 'a1b2' } }])
  expect(third.listEnded()).toEqual([])
})

test('a living session that was made without the store gets the renamed one as its past, and the record under the other name goes away', async () => {
  const set = await withRenamedDocs()
  await set.first.stop()
  set.host.control.reboot()
  const second = set.pool({ metadata: { store: 'none' } })
  await second.getOrCreateSession('docs')
  await second.stop()
  const third = set.pool({ resume: quick })
  await third.start()
  await until(async () => expect(await namesIn(set)).toEqual(['claude-docs']))
  expect(third.getSession('docs')?.past).toMatchObject([{ attributes: { conversation: 'a1b2' } }])
})

test('a record that names the workspace under another name takes no place of the record under its own name', async () => {
  const set = setting()
  const first = await withDocs(set)
  const [own] = [...(await set.store.getMany(['claude-docs'], call)).values()] as [object]
  const forged = { ...own, sessionName: 'x', incarnation: 'forged', createdAt: clock.date() + 1000 }
  await set.store.setMany(new Map([['x', forged as never]]), call)
  await first.stop()
  set.host.control.reboot()
  const pool = set.pool({ resume: quick })
  await pool.start()
  expect(pool.listEnded({ workspace: 'docs' })).toMatchObject([{ sessionName: 'claude-docs' }])
})
