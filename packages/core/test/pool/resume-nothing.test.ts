import { expect, test } from 'vitest'
import type { SessionHost } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { gate } from '../support/gate.ts'
import { heldStore } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'
import { quick, setting, withDocs } from '../support/resume-setting.ts'
import { clock, until } from '../support/time.ts'

test('an observer plans, and resumes nothing', async () => {
  const set = setting()
  await (await withDocs(set)).stop()
  set.host.control.reboot()
  const observer = set.pool({ role: 'observer', resume: { ...quick, when: 'start' } })
  await observer.start()
  await clock.advance(500)
  expect(observer.listSessions()).toEqual([])
  const plan = await observer.planResume()
  expect(plan).toMatchObject({ host: 'listed', resume: [{ workspace: 'docs', cause: 'boot' }], offered: [] })
  expect(await observer.planResume()).toEqual(plan)
  await expect(observer.resume()).rejects.toMatchObject({ code: 'POOL_READ_ONLY' })
  await expect(observer.resumeSession('docs')).rejects.toMatchObject({ code: 'POOL_READ_ONLY' })
  const owner = set.pool({ resume: quick })
  await owner.start()
  const { resume } = await owner.planResume()
  expect(resume.map(({ endedAt: _, ...step }) => step)).toEqual(plan.resume.map(({ endedAt: _, ...step }) => step))
})

test('while a store has not answered nothing is resumed, and it happens once the store answers', async () => {
  const set = setting()
  const first = await withDocs(set)
  await first.stop()
  set.host.control.reboot()
  const mirror = heldStore()
  mirror.fail('open')
  const pool = set.pool({
    metadata: { store: set.store, mirror: [mirror.store] },
    resume: { ...quick, when: 'start', backoff: { minMs: 50 } },
  })
  await pool.start()
  await clock.advance(300)
  expect(pool.listSessions()).toEqual([])
  expect((await pool.planResume()).blocked).toMatchObject([{ workspace: 'docs', why: 'unverified' }])
  await expect(pool.resumeSession('docs')).rejects.toMatchObject({ code: 'NOT_RESUMABLE', retryable: true })
  mirror.mend()
  await until(() => expect(pool.getSession('docs')).toMatchObject({ generation: 2, totalRequests: 3 }))
})

test('a lost session comes back by itself once the process of its command has ended that outlived it', async () => {
  const set = setting()
  let isRunning = true
  const survivors: SessionHost['survivors'] = async (sessions) =>
    new Map(isRunning ? sessions.map(({ incarnation }) => [incarnation, 'process 42']) : [])
  const host = { ...set.host, survivors }
  const first = await withDocs(set)
  set.host.control.setProcess('claude-docs', { pid: 42 })
  await until(() => expect(first.getSession('docs')).toMatchObject({ pid: 42 }))
  await first.withRequest('docs', () => undefined)
  await first.stop()
  set.host.control.reboot()
  const pool = set.pool({ host, resume: { ...quick, when: 'start', backoff: { minMs: 50 } } })
  await pool.start()
  await clock.advance(300)
  expect((await pool.planResume()).blocked).toMatchObject([{ workspace: 'docs', why: 'survivor' }])
  isRunning = false
  await until(() => expect(pool.getSession('docs')).toMatchObject({ generation: 2, totalRequests: 4 }))
})

test('a request does not wait for a store that has not answered: it gets a fresh session, and the record becomes its past', async () => {
  const set = setting()
  const held = heldStore()
  const first = set.pool({ metadata: { store: held.store } })
  await first.start()
  await first.getOrCreateSession('docs', { attributes: { conversation: 'a1b2' } })
  await first.stop()
  set.host.control.reboot()
  held.fail('open')
  const pool = set.pool({ metadata: { store: held.store }, resume: { ...quick, when: 'request' } })
  await pool.start()
  expect(await pool.getOrCreateSession('docs')).toMatchObject({ created: true, resumed: false })
  held.mend()
  await until(() => expect(pool.getSession('docs')?.past).toMatchObject([{ attributes: { conversation: 'a1b2' } }]))
})

test('attempts are forgotten once the session has lived for long enough, and a start alone changes nothing', async () => {
  const set = setting()
  await (await withDocs(set)).stop()
  set.host.control.reboot()
  const pool = set.pool({ resume: { ...quick, when: 'start', backoff: { steadyMs: 2000 } } })
  await pool.start()
  await until(() => expect(pool.getSession('docs')).toMatchObject({ tries: { count: 1 } }))
  await clock.advance(1000)
  expect(pool.getSession('docs')).toHaveProperty('tries')
  await until(() => expect(pool.getSession('docs')).not.toHaveProperty('tries'))
})

test('a plan does not bring back a session that was made anew since, and one with an aborted signal nothing', async () => {
  const set = setting()
  const first = await withDocs(set)
  await first.getOrCreateSession('web')
  await first.stop()
  set.host.control.reboot()
  const pool = set.pool({ resume: quick })
  await pool.start()
  const plan = await pool.planResume()
  expect(plan.resume).toHaveLength(2)
  await pool.getOrCreateSession('docs', { resume: false })
  const { resumed, skipped } = await pool.resume(plan, { signal: AbortSignal.abort() })
  expect(resumed).toEqual([])
  expect(skipped.map(({ workspace, why }) => `${workspace} ${why}`).sort()).toEqual(['docs living', 'web changed'])
})

test.each([
  ['resume', { resume: { when: 'sometimes' } }],
  ['resume', { resume: { concurrency: 0 } }],
  ['history', { history: { most: -1 } }],
])('a wrong option of %s is refused', (name, given) => {
  const set = setting()
  expect(() => set.pool(given as never)).toThrow(expect.objectContaining({ message: expect.stringContaining(name) }))
})

test('stopping the pool ends a pass, and the sessions that wait stay as they are', async () => {
  const set = setting()
  const first = await withDocs(set)
  for (const name of ['b', 'c', 'd']) await first.getOrCreateSession(name)
  await first.stop()
  set.host.control.reboot()
  const pool = set.pool({ resume: { ...quick, concurrency: 1, settleMs: 100 } })
  await pool.start()
  const running = pool.resume()
  await until(async () => expect(await set.host.list()).toHaveLength(1))
  await pool.stop()
  await running.catch(() => undefined)
  expect(await set.host.list()).toHaveLength(1)
  const next = set.pool({ resume: quick })
  await next.start()
  expect((await next.resume()).resumed).toHaveLength(3)
  expect(next.listSessions()).toHaveLength(4)
})

test.each(['prepare', 'launch'])(
  'stop() gives up a resume that waits for %s, and its attempt does not count',
  async (what) => {
    const set = setting()
    await (await withDocs(set)).stop()
    set.host.control.reboot()
    const asked = gate()
    const hang = () => {
      asked.open()
      return new Promise<never>(() => undefined)
    }
    const pool = set.pool(what === 'launch' ? { launch: hang, resume: quick } : { resume: { ...quick, prepare: hang } })
    await pool.start()
    const resuming = expect(pool.resume()).rejects.toMatchObject({ code: 'POOL_STOPPED' })
    await asked.opened
    await pool.stop()
    await resuming
    const next = set.pool({ resume: quick })
    await next.start()
    expect(next.listEnded()).toMatchObject([{ workspace: 'docs' }])
    expect(next.listEnded()[0]).not.toHaveProperty('tries')
    expect(await next.planResume()).toMatchObject({ resume: [{ workspace: 'docs' }], blocked: [] })
    expect(await set.host.list()).toEqual([])
  },
)

test('a session whose command somebody ended stays ended when the machine is rebooted a minute later', async () => {
  const set = setting()
  const pool = await withDocs(set)
  await clock.advance(10)
  set.host.control.exit('claude-docs', { at: clock.date() - 59_500, signal: 15 })
  await until(() => expect(pool.listEnded()).toMatchObject([{ ended: { cause: 'exited', mayBeShutdown: 'boot' } }]))
  await until(() => expect(pool.listEnded()[0]?.ended).not.toHaveProperty('mayBeShutdown'))
  await clock.advance(50)
  await pool.stop()
  set.host.control.reboot()
  const next = set.pool()
  await next.start()
  expect(await next.planResume()).toMatchObject({ resume: [], offered: [{ workspace: 'docs', why: 'exited' }] })
})

test('a session whose attributes the schema refuses does not come back without them', async () => {
  const set = setting()
  const first = await withDocs(set)
  await first.stop()
  set.host.control.reboot()
  const refusing = {
    '~standard': { version: 1, vendor: 'test', validate: () => ({ issues: [{ message: 'no' }] }) },
  } as const
  const pool = set.pool({ resume: quick, attributes: refusing })
  await pool.start()
  expect((await pool.planResume()).blocked).toMatchObject([{ why: 'check', detail: expect.stringContaining('schema') }])
  await expect(pool.resumeSession('docs')).rejects.toMatchObject({ context: { why: 'check' } })
  await pool.stop()
  const later = set.pool({ resume: quick })
  await later.start()
  expect(await later.resumeSession('docs')).toMatchObject({ attributes: { conversation: 'a1b2' } })
})

test('a pool that waits for the lock plans, and resumes nothing by itself', async () => {
  const host = memoryHost({ clock })
  const held = heldStore()
  const options = { host, metadata: { store: held.store, lockRetryMs: 20 }, resume: quick }
  const first = makePool(options).pool
  await first.start()
  await first.getOrCreateSession('docs', { attributes: { conversation: 'a1b2' } })
  await first.stop()
  host.control.reboot()
  held.lock()
  const second = makePool(options).pool
  await second.start()
  expect(await second.resume()).toMatchObject({ resumed: [], skipped: [{ workspace: 'docs', why: 'unverified' }] })
  held.mend()
  await until(() => expect(second.persistence().effective.reason).toBe('ok'))
  expect(await second.resume()).toMatchObject({ resumed: [{ workspace: 'docs' }] })
})
