import { expect, test, vi } from 'vitest'
import { memoryStore, type SessionPoolOptions } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { makePool } from '../support/pools.ts'
import { clock, until } from '../support/time.ts'

type Given = Partial<SessionPoolOptions<Record<string, unknown>>>

const quick = { settleMs: 20, spacingMs: 0 } as const

function setting() {
  const host = memoryHost({ clock })
  const store = memoryStore()
  const pool = (given: Given = {}) => makePool({ host, metadata: { store }, ...given }).pool
  return { host, store, pool }
}

/** A pool whose session of `docs` has attributes and 3 requests. */
async function withDocs({ pool }: ReturnType<typeof setting>, given: Given = {}) {
  const first = pool(given)
  await first.start()
  await first.getOrCreateSession('docs', { attributes: { conversation: 'a1b2' } })
  for (let i = 0; i < 3; i += 1) await first.withRequest('docs', () => undefined)
  await first.saveSessionMetadata('docs')
  return first
}

test('a plan names a session that was lost in a reboot, and resuming it brings back attributes and counts', async () => {
  const set = setting()
  const first = await withDocs(set)
  await first.stop()
  set.host.control.reboot()
  const pool = set.pool({ resume: quick })
  const resumed = vi.fn()
  pool.on('session:resumed', resumed)
  await pool.start()
  const plan = await pool.planResume()
  expect(plan).toMatchObject({ host: 'listed', resume: [{ workspace: 'docs', cause: 'boot', generation: 1 }] })
  const report = await pool.resume(plan)
  expect(report).toMatchObject({ resumed: [{ workspace: 'docs' }], failed: [], skipped: [] })
  const view = pool.getSession('docs')
  expect(view).toMatchObject({ totalRequests: 3, generation: 2, attributes: { conversation: 'a1b2' }, status: 'idle' })
  expect(view?.previous).toMatchObject({ cause: 'boot' })
  expect(view?.past).toHaveLength(1)
  expect(resumed.mock.calls).toMatchObject([[{ previous: { workspace: 'docs' } }]])
  await pool.stop()
  const third = set.pool()
  await third.start()
  expect(third.getSession('docs')).toMatchObject({ totalRequests: 3, generation: 2, origin: 'stored' })
})

test('a session that was lost with its server comes back with its next request', async () => {
  const set = setting()
  const previous: unknown[] = []
  const launch: Given['launch'] = (_workspace, attributes, last) => {
    previous.push([attributes, last?.ended?.cause])
    return {}
  }
  const pool = await withDocs(set, { resume: { ...quick, when: 'request' }, launch })
  set.host.control.endServer()
  await until(() => expect(pool.listEnded()).toMatchObject([{ ended: { cause: 'server' } }]))
  const session = await pool.getOrCreateSession('docs', { attributes: { conversation: 'new' } })
  expect(session).toMatchObject({
    created: true,
    resumed: true,
    totalRequests: 3,
    attributes: { conversation: 'a1b2' },
  })
  expect(previous.at(-1)).toEqual([{ conversation: 'a1b2' }, 'server'])
})

test('with resume: false a request makes a fresh session, and the ended one is its past', async () => {
  const set = setting()
  const pool = await withDocs(set, { resume: { ...quick, when: 'request' } })
  set.host.control.endServer()
  await until(() => expect(pool.listEnded()).toHaveLength(1))
  const session = await pool.getOrCreateSession('docs', { resume: false })
  expect(session).toMatchObject({ created: true, resumed: false, totalRequests: 0 })
  expect(session.past).toMatchObject([{ totalRequests: 3, ended: { cause: 'server' } }])
})

test('a session that was ended for its silence comes back with its next request', async () => {
  const set = setting()
  const pool = await withDocs(set, {
    ...{ resume: { ...quick, when: 'request' }, inactivityTimeoutMs: 100, cleanupIntervalMs: 50 },
  })
  await until(() => expect(pool.listEnded()).toMatchObject([{ ended: { cause: 'idle' } }]))
  const session = await pool.getOrCreateSession('docs')
  expect(session).toMatchObject({ resumed: true, totalRequests: 3, previous: { cause: 'idle' } })
})

test('with when: start lost sessions come back by themselves, and others do not', async () => {
  const set = setting()
  const first = await withDocs(set)
  await first.getOrCreateSession('done')
  set.host.control.exit('claude-done', { exitCode: 0 })
  await until(() => expect(first.listEnded()).toHaveLength(1))
  await first.getOrCreateSession('deleted')
  await first.deleteSession('deleted')
  await first.stop()
  set.host.control.reboot()
  const pool = set.pool({ resume: { ...quick, when: 'start' } })
  await pool.start()
  await until(() => expect(pool.getSession('docs')).toMatchObject({ generation: 2, totalRequests: 3 }))
  await clock.advance(2000)
  expect(pool.listSessions().map(({ workspace }) => workspace)).toEqual(['docs'])
  expect(pool.listEnded()).toMatchObject([{ workspace: 'done', ended: { cause: 'exited', exitCode: 0 } }])
})
