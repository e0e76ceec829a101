import { expect, test } from 'vitest'
import { clock, quick, setting, until } from './resume-setting.ts'

// The mistakes that other projects made when they brought sessions back. Each test shows one of them, and that it is not made here.

test('1: each of two sessions in one directory comes back with its own conversation, not with the newest', async () => {
  const { gateway, reboot } = setting()
  const launched: unknown[] = []
  const launch = (workspace: string, attributes: Record<string, unknown> | undefined) => {
    launched.push([workspace, attributes?.conversation])
    return { cwd: '/srv/docs' }
  }
  const first = await gateway({ launch })
  for (const one of ['a', 'b']) await first.getOrCreateSession(one, { attributes: { conversation: `of ${one}` } })
  await first.stop()
  await reboot()
  launched.length = 0
  await (await gateway({ launch })).resume()
  expect(launched.sort()).toEqual([
    ['a', 'of a'],
    ['b', 'of b'],
  ])
})

test('2: the id of the conversation is in the record before the first text can be typed', async () => {
  const { gateway, record } = setting()
  const pool = await gateway()
  await pool.getOrCreateSession('a', { attributes: { conversation: 'a1' } })
  expect(await record('a')).toMatchObject({ attributes: { conversation: 'a1' } })
})

test('3: an id that changed while the session lived is the one that a plan shows', async () => {
  const { gateway, endServer } = setting()
  const pool = await gateway()
  await pool.getOrCreateSession('a', { attributes: { conversation: 'a1' } })
  pool.setAttributes('a', { conversation: 'a2' })
  await pool.saveSessionMetadata('a')
  await endServer()
  expect((await pool.planResume()).resume).toMatchObject([{ attributes: { conversation: 'a2' } }])
})

test('4: a failure that passes changes nothing in the ended record but the number of attempts', async () => {
  const { gateway, record, endServer } = setting()
  let isBroken = false
  const pool = await gateway({
    launch() {
      if (isBroken) throw new Error('the network is away')
      return {}
    },
  })
  await pool.getOrCreateSession('a', { attributes: { conversation: 'a1' } })
  await pool.withRequest('a', () => undefined)
  await endServer()
  await pool.planResume()
  await until(async () => expect(await record('a')).toHaveProperty('expiresAt'))
  const before = await record('a')
  isBroken = true
  const { failed } = await pool.resume()
  expect(failed).toMatchObject([{ workspace: 'a', error: { message: expect.stringContaining('the network is away') } }])
  await until(async () => expect(await record('a')).toMatchObject({ tries: { count: 1, error: expect.any(String) } }))
  const { tries: _1, revision: _2, run: _3, ...after } = (await record('a')) ?? {}
  const { revision: _4, run: _5, ...same } = before ?? {}
  expect(after).toEqual(same)
  isBroken = false
  expect(await pool.resumeSession('a')).toMatchObject({ attributes: { conversation: 'a1' }, totalRequests: 1 })
})

test('5: a session does not come back beside a living one with its transcript, also if that one got it after the plan', async () => {
  const { gateway, reboot } = setting()
  const keys = ({ attributes }: { readonly attributes?: Record<string, unknown> }) => [`id:${attributes?.conversation}`]
  const prepared: string[] = []
  const prepare = async ({ workspace }: { readonly workspace: string }) => void prepared.push(workspace)
  const resume = { ...quick, keys, prepare }
  const first = await gateway({ resume })
  for (const one of ['a', 'b', 'c']) await first.getOrCreateSession(one, { attributes: { conversation: one } })
  first.setAttributes('b', { conversation: 'a' })
  await first.saveSessionMetadata('b')
  await first.stop()
  await reboot()
  const pool = await gateway({ resume })
  const plan = await pool.planResume()
  expect(plan.resume).toHaveLength(2)
  expect(plan.blocked).toMatchObject([{ why: 'key' }])
  await pool.getOrCreateSession('other', { attributes: { conversation: 'c' } })
  const report = await pool.resume(plan)
  expect(report.resumed).toHaveLength(1)
  expect(report.skipped.map(({ workspace, why, detail }) => [workspace, why, detail])).toContainEqual([
    ...['c', 'key', 'id:c is in use by other'],
  ])
  expect(prepared).not.toContain('c')
})

test('6: a session whose gateway ended before it wrote that it had resumed it is found living, with its metadata', async () => {
  const { gateway, created, reboot } = setting()
  const first = await gateway()
  await first.getOrCreateSession('a', { attributes: { conversation: 'a1' } })
  await first.withRequest('a', () => undefined)
  await first.stop()
  await reboot()
  const second = await gateway({ resume: { ...quick, settleMs: 1_000_000 } })
  const unfinished = second.resume().catch(() => undefined)
  await until(() => expect(created).toHaveLength(2))
  await second.stop({ timeoutMs: 1 })
  const third = await gateway()
  expect(third.getSession('a')).toMatchObject({ totalRequests: 1, generation: 2, attributes: { conversation: 'a1' } })
  expect(await third.resume()).toMatchObject({ resumed: [] })
  expect(created).toHaveLength(2)
  void unfinished
})

test('7: of a hundred lost sessions at most as many as may start at one time, and the one that was used last is first', async () => {
  const { gateway, created, reboot } = setting()
  const names = Array.from({ length: 100 }, (_, at) => `w${at}`)
  const first = await gateway({ maxSessions: 200 })
  for (const name of names) await first.getOrCreateSession(name)
  first.touch('w42')
  await first.stop()
  await reboot()
  created.length = 0
  let starting = 0
  let most = 0
  const ready = async () => {
    starting += 1
    most = Math.max(most, starting)
    await clock.advance(5)
    starting -= 1
  }
  const pool = await gateway({ maxSessions: 200, ready, resume: { ...quick, concurrency: 3, settleMs: 5 } })
  const report = await pool.resume()
  expect(report.resumed).toHaveLength(100)
  expect(most).toBeLessThanOrEqual(3)
  expect(created[0]?.name).toBe('claude-w42')
})

test('8: a session that ends again after each start is parked, over restarts, and a start alone clears nothing', async () => {
  const { gateway, created, endServer } = setting()
  const backoff = { minMs: 10, maxMs: 20, tries: 3 }
  const first = await gateway()
  await first.getOrCreateSession('a')
  let starts = 0
  for (let round = 0; round < 6; round += 1) {
    await endServer()
    const pool = await gateway({ resume: { ...quick, backoff } })
    await clock.advance(50)
    const { resumed } = await pool.resume()
    starts += resumed.length
    await pool.stop()
  }
  expect(starts).toBe(3)
  expect(created).toHaveLength(4)
  const pool = await gateway({ resume: { ...quick, backoff } })
  expect((await pool.planResume()).blocked).toMatchObject([{ why: 'parked' }])
  expect(await pool.resumeSession('a')).toMatchObject({ generation: 5 })
})

test('9: a session that was interrupted comes back idle, and nothing is done again', async () => {
  const { gateway, typed, reboot } = setting()
  const pool = await gateway()
  await pool.getOrCreateSession('a')
  pool.trackRequestStart('a')
  await pool.sendText('a', 'rm -rf /')
  await pool.saveSessionMetadata('a')
  await reboot()
  await pool.discoverExistingSessions()
  await pool.resume()
  expect(typed).toEqual(['rm -rf /'])
  expect(pool.getSession('a')).toMatchObject({ status: 'idle', activeRequests: 0, previous: { interrupted: true } })
})

test('10: a resume and the first message make one session', async () => {
  const { gateway, created, endServer } = setting()
  const pool = await gateway({ resume: { ...quick, when: 'request' } })
  await pool.getOrCreateSession('a')
  await endServer()
  const plan = await pool.planResume()
  const both = await Promise.all([pool.resume(plan), pool.getOrCreateSession('a'), pool.resumeSession('a')])
  expect(created).toHaveLength(2)
  expect(new Set([both[1].incarnation, both[2].incarnation]).size).toBe(1)
})

test('11: what was deleted does not come back, wherever the gateway was killed on the way', async () => {
  for (const isKilled of [false, true]) {
    const { gateway, host, store, reboot } = setting()
    const first = await gateway()
    await first.getOrCreateSession('a')
    if (isKilled) {
      // The kill happens, and the gateway ends before its answer: the record is never removed.
      const { setMany, deleteMany } = store
      const deleting = first.deleteSession('a').catch(() => undefined)
      await until(async () => expect(await host.list()).toEqual([]))
      Object.assign(store, { deleteMany: () => new Promise(() => undefined) })
      await first.stop({ timeoutMs: 1 })
      Object.assign(store, { setMany, deleteMany })
      void deleting
    } else await first.deleteSession('a')
    await reboot()
    const pool = await gateway({ resume: { ...quick, when: 'start', crashed: true } })
    await clock.advance(2000)
    expect(pool.listSessions()).toEqual([])
    expect(pool.listEnded()).toEqual([])
  }
})

test('12: a session whose command a shutdown ended counts as lost, and comes back', async () => {
  const { gateway, host, reboot } = setting()
  const first = await gateway()
  for (const one of ['a', 'b', 'c']) await first.getOrCreateSession(one)
  host.control.exit('claude-a', { at: clock.date(), signal: 15 })
  host.control.exit('claude-b', { at: clock.date(), exitCode: 143 })
  await until(() => expect(first.listEnded()).toHaveLength(2))
  expect(first.listEnded()).toMatchObject([{ ended: { cause: 'exited' } }, { ended: { cause: 'exited' } }])
  await first.stop()
  await reboot()
  const pool = await gateway()
  const { resume } = await pool.planResume()
  expect(resume.map(({ workspace, cause }) => [workspace, cause]).sort()).toEqual(
    ['a', 'b', 'c'].map((workspace) => [workspace, 'boot']),
  )
})

test('13: a host that cannot say what lives ends nothing and starts nothing, and an empty one says that all is lost', async () => {
  const { gateway, host, endServer } = setting()
  const first = await gateway()
  await first.getOrCreateSession('a')
  await first.stop()
  host.control.setUnavailable('no answer')
  const pool = await gateway({ resume: { ...quick, when: 'request' } })
  expect(await pool.planResume()).toMatchObject({ host: 'unavailable', resume: [], blocked: [] })
  await expect(pool.resume()).rejects.toMatchObject({ code: 'HOST_UNAVAILABLE' })
  await endServer()
  host.control.setUnavailable(undefined)
  expect((await pool.planResume()).resume).toMatchObject([{ workspace: 'a', cause: 'server' }])
})
