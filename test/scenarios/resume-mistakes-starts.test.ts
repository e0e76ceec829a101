import { expect, test, vi } from 'vitest'
import { clock, quick, setting, until } from './resume-setting.ts'

// The mistakes that other projects made when they brought sessions back. Those of resume-mistakes.test.ts are 1 to 13.

test('14: an empty shell that another program restored is not taken for the session, and is not touched', async () => {
  const { gateway, host, reboot } = setting()
  const first = await gateway()
  await first.getOrCreateSession('a', { attributes: { conversation: 'a1' } })
  await first.stop()
  await reboot()
  const shell = host.control.add('claude-a')
  const pool = await gateway({ resume: { ...quick, when: 'start' } })
  await clock.advance(200)
  expect(pool.listSessions()).toEqual([])
  expect((await pool.planResume()).blocked).toMatchObject([{ workspace: 'a', why: 'unstamped' }])
  expect(await host.list()).toMatchObject([{ incarnation: shell.incarnation }])
  await host.kill(shell)
  await pool.resumeSession('a')
  expect(pool.getSession('a')).toMatchObject({ attributes: { conversation: 'a1' } })
})

test('15: the command of a resumed session is started by the host, and never typed', async () => {
  const { gateway, created, typed, endServer } = setting()
  const launch = (_workspace: string, _attributes: unknown, previous: unknown) => ({
    command: ['my-agent', previous ? '--resume' : '--new'],
  })
  const pool = await gateway({ launch })
  await pool.getOrCreateSession('a')
  await endServer()
  await pool.resume()
  expect(created.map(({ options }) => options.command)).toEqual([
    ['my-agent', '--new'],
    ['my-agent', '--resume'],
  ])
  expect(typed).toEqual([])
})

test('16: a resumed session has the wrapper, the flags and the variables of today, not those of then', async () => {
  const { gateway, created, reboot } = setting()
  const first = await gateway({ launch: () => ({ command: ['old-wrapper', 'agent'], env: { MODE: 'old' } }) })
  await first.getOrCreateSession('a')
  await first.stop()
  await reboot()
  const pool = await gateway({ launch: () => ({ command: ['wrapper', 'agent', '--safe'], env: { MODE: 'new' } }) })
  await pool.resume()
  expect(created.at(-1)?.options).toMatchObject({ command: ['wrapper', 'agent', '--safe'], env: { MODE: 'new' } })
})

test('17: the values of variables are not stored; a session that needs them waits until somebody gives them', async () => {
  const { gateway, record, created, endServer } = setting()
  const pool = await gateway()
  await pool.getOrCreateSession('a', { env: { API_KEY: 's3cret-value' }, command: ['my-agent'] })
  expect(await record('a')).toMatchObject({ place: { env: ['API_KEY'], command: ['my-agent'] } })
  expect(JSON.stringify(await record('a'))).not.toContain('s3cret-value')
  await endServer()
  expect((await pool.planResume()).blocked).toMatchObject([{ why: 'env', detail: expect.stringContaining('API_KEY') }])
  await expect(pool.resumeSession('a')).rejects.toMatchObject({ code: 'NOT_RESUMABLE', context: { why: 'env' } })
  expect(await record('a')).not.toHaveProperty('tries')
  await pool.resumeSession('a', { env: { API_KEY: 'another' } })
  expect(created.at(-1)?.options).toMatchObject({ env: { API_KEY: 'another' }, command: ['my-agent'] })
})

test('18: a session whose directory is missing waits for it, or for prepare, and never starts elsewhere', async () => {
  const { gateway, host, created, endServer } = setting()
  const pool = await gateway()
  await pool.getOrCreateSession('a', { cwd: '/srv/tree' })
  await endServer()
  host.control.setMissingDirectories(['/srv/tree'])
  const { blocked } = await pool.planResume()
  expect(blocked).toMatchObject([{ workspace: 'a', why: 'cwd', detail: expect.stringContaining('/srv/tree') }])
  await expect(pool.resumeSession('a')).rejects.toMatchObject({ context: { why: 'cwd' } })
  expect(created).toHaveLength(1)
  await pool.stop()
  const prepare = vi.fn(() => host.control.setMissingDirectories([]))
  const next = await gateway({ resume: { ...quick, prepare } })
  expect(await next.resume()).toMatchObject({ resumed: [{ workspace: 'a' }] })
  expect(created.at(-1)?.options.cwd).toBe('/srv/tree')
  expect(prepare).toHaveBeenCalledTimes(1)
})

test('19: what a plan shows is what resuming does, and what it says no to is refused for the same reason', async () => {
  const { gateway, reboot } = setting()
  const check = ({ workspace }: { readonly workspace: string }) =>
    workspace === 'no' ? { skip: 'not now' } : ('ok' as const)
  const first = await gateway()
  for (const one of ['yes', 'no', 'limit']) await first.getOrCreateSession(one)
  await first.stop()
  await reboot()
  const order = (a: { readonly workspace: string }, b: { readonly workspace: string }) =>
    b.workspace.localeCompare(a.workspace)
  const pool = await gateway({ maxSessions: 1, resume: { ...quick, check, order } })
  const plan = await pool.planResume()
  const { resumed, skipped } = await pool.resume(plan)
  expect(resumed.map(({ workspace }) => workspace)).toEqual(plan.resume.map(({ workspace }) => workspace))
  expect(skipped).toEqual(plan.blocked)
  expect(plan.blocked.map(({ workspace, why }) => [workspace, why])).toEqual([
    ['no', 'check'],
    ['limit', 'limit'],
  ])
})

test('20: the last screen is kept as history, and is not written into the new session', async () => {
  const { gateway, host, record } = setting()
  const pool = await gateway()
  await pool.getOrCreateSession('a')
  await clock.advance(2)
  host.control.exit('claude-a', { exitCode: 1, screen: 'panic: out of memory' })
  await until(async () => expect(await record('a')).toMatchObject({ ended: { screen: 'panic: out of memory' } }))
  await pool.resumeSession('a')
  expect(await pool.capture('a')).toBe('')
})

test('21: name, attributes and time of creation go along', async () => {
  const { gateway, reboot } = setting()
  const first = await gateway()
  const attributes = { title: 'Chapter 3', pinned: true, position: 4 }
  const { createdAt } = await first.getOrCreateSession('a', { attributes })
  await first.stop()
  await reboot()
  const pool = await gateway()
  await pool.resume()
  const view = pool.getSession('a')
  expect(view).toMatchObject({ workspace: 'a', sessionName: 'claude-a', attributes, createdAt })
  expect(view?.startedAt).toBeGreaterThan(createdAt)
})

test('22: nothing of the old session is armed again; the gateway is told, and decides', async () => {
  const { gateway, reboot, typed } = setting()
  const first = await gateway()
  await first.getOrCreateSession('a')
  await first.stop()
  await reboot()
  const pool = await gateway()
  const told: unknown[] = []
  pool.on('session:resumed', ({ session, previous }) => told.push([session.workspace, previous.ended?.cause]))
  await pool.resume()
  expect(told).toEqual([['a', 'boot']])
  expect(typed).toEqual([])
})

test('23: a session that fails costs the others nothing, and the report names it', async () => {
  const { gateway, reboot } = setting()
  const launch = (workspace: string, _attributes: unknown, previous: unknown) => {
    if (previous && workspace === 'b') throw new Error('no such conversation')
    return {}
  }
  const first = await gateway({ launch })
  for (const one of ['a', 'b', 'c']) await first.getOrCreateSession(one)
  await first.stop()
  await reboot()
  const pool = await gateway({ launch })
  const { resumed, failed } = await pool.resume()
  expect(resumed.map(({ workspace }) => workspace).sort()).toEqual(['a', 'c'])
  expect(failed).toMatchObject([
    { workspace: 'b', error: { message: expect.stringContaining('no such conversation') } },
  ])
})

test('24: ended sessions stay listed up to a limit, and what remains of them on the host is cleared away', async () => {
  const { gateway, host } = setting()
  const pool = await gateway({ history: { most: 2 }, cleanupIntervalMs: 50 })
  for (const one of ['a', 'b', 'c']) {
    await pool.getOrCreateSession(one)
    await clock.advance(2)
    host.control.exit(`claude-${one}`, { exitCode: 0 })
  }
  await until(async () => expect(await host.list()).toEqual([]))
  await until(() => expect(pool.listEnded().map(({ workspace }) => workspace)).toEqual(['c', 'b']))
})

test('25: a reboot is known by the boot of the host, not by a time; without it, the end of the server counts', async () => {
  for (const [isKnown, cause] of [
    [true, 'boot'],
    [false, 'server'],
  ] as const) {
    const { gateway, host, reboot } = setting()
    const given = isKnown ? {} : { host: { ...host, boot: async () => undefined } }
    const first = await gateway(given)
    await first.getOrCreateSession('a')
    await first.stop()
    await reboot()
    const pool = await gateway({ ...given, clock: { ...clock, date: () => clock.date() - 3_600_000 } })
    expect((await pool.planResume()).resume).toMatchObject([{ cause }])
  }
})

test('26: a session without a conversation does not come back, nor one whose command ends at once', async () => {
  const { gateway, host, reboot, record } = setting()
  const first = await gateway()
  for (const one of ['empty', 'short']) await first.getOrCreateSession(one)
  await first.stop()
  await reboot()
  const check = ({ workspace }: { readonly workspace: string }) =>
    workspace === 'empty' ? { skip: 'no conversation yet' } : ('ok' as const)
  const pool = await gateway({
    resume: { ...quick, settleMs: 100, check },
    ready: () =>
      void clock.after(20, () => host.control.exit('claude-short', { exitCode: 1, screen: 'No conversation' })),
  })
  const { resumed, failed, skipped } = await pool.resume()
  expect(resumed).toEqual([])
  expect(skipped).toMatchObject([{ workspace: 'empty', why: 'check', detail: 'no conversation yet' }])
  expect(failed).toMatchObject([{ workspace: 'short', error: { code: 'SESSION_NOT_READY' } }])
  expect(pool.listSessions()).toEqual([])
  await until(async () =>
    expect(await record('short')).toMatchObject({ ended: { cause: 'boot' }, tries: { count: 1 } }),
  )
})
