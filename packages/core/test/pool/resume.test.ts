import { expect, test, vi } from 'vitest'
import { type Given, quick, setting, withDocs } from '../support/resume-setting.ts'
import { clock, sleep, until } from '../support/time.ts'

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

test.each(['idle', 'server'] as const)(
  'deleteSession() forgets a session that ended (%s), and a request makes a fresh one',
  async (cause) => {
    const set = setting()
    const given = {
      ...{ resume: { ...quick, when: 'request' as const } },
      inactivityTimeoutMs: 100,
      cleanupIntervalMs: 50,
    }
    const pool = await withDocs(set, given)
    if (cause === 'server') set.host.control.endServer()
    await until(() => expect(pool.listEnded()).toMatchObject([{ ended: { cause } }]))
    await pool.deleteSession('docs')
    expect(pool.listEnded()).toEqual([])
    expect((await set.store.getMany(['claude-docs'], { signal: AbortSignal.timeout(1000) })).size).toBe(0)
    await expect(pool.deleteSession('docs')).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' })
    expect(await pool.getOrCreateSession('docs')).toMatchObject({ resumed: false, totalRequests: 0 })
  },
)

test.each([0, 1, 5, 20])(
  'deleteSession() forgets a session whose end is being written, which takes %i ms',
  async (ms) => {
    const set = setting()
    const store = {
      ...set.store,
      async setMany(...given: Parameters<typeof set.store.setMany>) {
        await sleep(ms)
        await set.store.setMany(...given)
        await sleep(ms)
      },
    }
    const pool = await withDocs(set, { metadata: { store }, resume: { ...quick, when: 'request' } })
    set.host.control.endServer()
    await until(() => expect(pool.listEnded()).toHaveLength(1))
    await pool.deleteSession('docs')
    expect(pool.listEnded()).toEqual([])
  },
)

test('the last screen of a session has no value of a variable that its command was given', async () => {
  const set = setting()
  const pool = set.pool({ launch: () => ({ env: { TOKEN: 'sk-12345' } }) })
  await pool.start()
  await pool.getOrCreateSession('docs')
  set.host.control.exit('claude-docs', { exitCode: 1, screen: 'bad token sk-12345' })
  await until(() => expect(pool.listEnded()).toMatchObject([{ ended: { screen: 'bad token ***' } }]))
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

test('with when: ask a plan is offered once, and nothing starts by itself', async () => {
  const set = setting()
  await (await withDocs(set)).stop()
  set.host.control.reboot()
  const pool = set.pool({ resume: { ...quick, when: 'ask' } })
  const offered = vi.fn()
  pool.on('resume:offered', offered)
  await pool.start()
  await until(() => expect(offered).toHaveBeenCalledTimes(1))
  await clock.advance(1000)
  expect(offered.mock.calls).toMatchObject([[{ plan: { resume: [{ workspace: 'docs' }] } }]])
  expect(pool.listSessions()).toEqual([])
  await pool.resume(offered.mock.calls[0]?.[0].plan)
  expect(pool.listSessions()).toHaveLength(1)
  await pool.withRequest('docs', () => undefined)
  await clock.advance(10)
  set.host.control.endServer()
  await until(() => expect(offered).toHaveBeenCalledTimes(2))
})

test('with when: start sessions that are lost while the pool runs come back too', async () => {
  const set = setting()
  const pool = await withDocs(set, { resume: { ...quick, when: 'start' } })
  await clock.advance(10)
  set.host.control.endServer()
  await until(() => expect(pool.getSession('docs')).toMatchObject({ generation: 2, totalRequests: 3 }))
})

test('with when: start a session comes back whose end proves later to have been a part of a shutdown', async () => {
  const set = setting()
  const pool = await withDocs(set, { resume: { ...quick, when: 'start' } })
  await clock.advance(100)
  set.host.control.exit('claude-docs', { at: clock.date() - 59_000, signal: 15 })
  await until(() => expect(pool.listEnded()).toMatchObject([{ ended: { cause: 'exited', mayBeShutdown: 'boot' } }]))
  await clock.advance(100)
  set.host.control.reboot()
  await until(() => expect(pool.getSession('docs')).toMatchObject({ generation: 2, previous: { cause: 'boot' } }))
})

test('with when: start a crash loop is parked over restarts, and its other sessions come back', async () => {
  const set = setting()
  const ready: Given['ready'] = ({ workspace }) => {
    if (workspace === 'loop') clock.after(5, () => set.host.control.exit('claude-loop', { exitCode: 1 }))
  }
  const first = await withDocs(set)
  await first.getOrCreateSession('loop')
  await first.stop()
  set.host.control.reboot()
  const failed = vi.fn()
  const backoff = { minMs: 100, maxMs: 200, tries: 3 }
  for (let restart = 0; restart < 4; restart += 1) {
    const pool = set.pool({ ready, resume: { ...quick, when: 'start', backoff } })
    pool.on('session:resume-failed', failed)
    await pool.start()
    await clock.advance(restart === 0 ? 250 : 1500)
    expect(pool.listSessions().map(({ workspace }) => workspace)).toEqual(['docs'])
    await pool.stop()
  }
  expect(failed).toHaveBeenCalledTimes(3)
  expect(failed.mock.calls.map(([{ parked }]) => parked)).toEqual([false, false, true])
})

test('a request for one of a hundred lost sessions overtakes the others', async () => {
  const set = setting()
  const names = Array.from({ length: 100 }, (_, at) => `w${at}`)
  const first = set.pool({ maxSessions: 200 })
  await first.start()
  for (const name of names) await first.getOrCreateSession(name)
  await first.stop()
  set.host.control.reboot()
  const order: string[] = []
  const launch: Given['launch'] = (workspace) => {
    order.push(workspace)
    return {}
  }
  const pool = set.pool({
    maxSessions: 200,
    launch,
    resume: { settleMs: 20, spacingMs: 10, concurrency: 2, when: 'request' },
  })
  await pool.start()
  const plan = await pool.planResume()
  const last = String(plan.resume.at(-1)?.workspace)
  const running = pool.resume(plan)
  await until(() => expect(order.length).toBeGreaterThan(3))
  const before = order.length
  const session = await pool.getOrCreateSession(last)
  expect(session).toMatchObject({ workspace: last, generation: 2 })
  expect(order.indexOf(last)).toBeLessThanOrEqual(before + 1)
  expect((await running).resumed).toHaveLength(100)
  expect(new Set(order).size).toBe(100)
})
