import { rmSync } from 'node:fs'
import { describe, expect, test, vi } from 'vitest'
import { fixture } from './fixture.ts'
import { gateway } from './gateway.ts'

const names = async (server: ReturnType<typeof fixture>['server']) =>
  (await server.tmux('list-sessions', '-F', '#{session_name}')).split('\n').toSorted()

describe('no session is lost', () => {
  test('stop() leaves them running', async () => {
    const { pool, server } = fixture()
    const one = pool()
    await one.start()
    await Promise.all(['a', 'b', 'c'].map((workspace) => one.getOrCreateSession(workspace)))
    await one.stop()
    expect(await names(server)).toEqual(['claude-a', 'claude-b', 'claude-c'])
  })

  test('a session that still works is not reaped in the next run after its gateway was killed during a request', async () => {
    const { pool, directory, server } = fixture()
    const first = await gateway({ directory, socketPath: server.socketPath, flushIntervalMs: 50 })
    await first.call('working', 1)
    await server.tmux('send-keys', '-t', '=claude-working:', 'sleep 60', 'Enter')
    await first.kill()
    const next = pool({ inactivityTimeoutMs: 300, cleanupIntervalMs: 50 })
    await next.start()
    await next.getOrCreateSession('idle')
    await vi.waitFor(() => expect(next.getSession('idle')).toBeUndefined())
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(await names(server)).toEqual(['claude-working'])
    expect(next.getSession('working')).toMatchObject({ status: 'active', totalRequests: 2 })
  })

  test('a session recreated under the same name inherits nothing, both in the running pool and after a restart', async () => {
    const { pool, server, read } = fixture()
    const one = pool()
    await one.start()
    await one.getOrCreateSession('a')
    await server.tmux('new-session', '-d', '-s', 'keep')
    one.trackRequestStart('a')
    await one.saveSessionMetadata('a')
    await server.tmux('kill-session', '-t', '=claude-a')
    await server.tmux('new-session', '-d', '-s', 'claude-a')
    await vi.waitFor(() => expect(one.getSession('a')).toMatchObject({ totalRequests: 0, verified: true }))
    await one.stop()
    const before = read('claude-a')
    await server.tmux('kill-session', '-t', '=claude-a')
    await server.tmux('new-session', '-d', '-s', 'claude-a')
    const two = pool()
    await two.start()
    expect((await two.discoverExistingSessions()).recreated).toEqual(['a'])
    await vi.waitFor(() => expect(read('claude-a').incarnation).not.toBe(before.incarnation))
  })

  test('a renamed session keeps its record, also after a restart and without the prefix', async () => {
    const { pool, server, read } = fixture()
    const one = pool()
    await one.start()
    await one.getOrCreateSession('a')
    one.trackRequestStart('a')
    await one.saveSessionMetadata('a')
    await server.tmux('rename-session', '-t', '=claude-a', 'claude-b')
    await vi.waitFor(() => expect(one.getSession('a')?.sessionName).toBe('claude-b'))
    await one.stop()
    await server.tmux('rename-session', '-t', '=claude-b', 'mine')
    const two = pool()
    await two.start()
    await vi.waitFor(() =>
      expect(two.getSession('a')).toMatchObject({ sessionName: 'mine', totalRequests: 1, saved: true }),
    )
    expect(read('mine')).toMatchObject({ workspace: 'a', totalRequests: 1 })
    expect((await two.getOrCreateSession('a')).sessionName).toBe('mine')
  })

  test('a session that was renamed to the name of another workspace is not handed out for it, and the error says whose it is', async () => {
    const { pool, server } = fixture()
    const one = pool()
    await one.start()
    await one.getOrCreateSession('a')
    await server.tmux('rename-session', '-t', '=claude-a', 'claude-b')
    await expect(one.getOrCreateSession('b')).rejects.toMatchObject({
      code: 'SESSION_FOREIGN',
      message: 'The session of a was renamed to claude-b; rename it back, or end it.',
    })
    await server.tmux('rename-session', '-t', '=claude-b', 'claude-a')
    expect(await one.getOrCreateSession('b')).toMatchObject({ sessionName: 'claude-b', created: true })
    expect(one.getSession('a')).toMatchObject({ sessionName: 'claude-a' })
  })

  test('the panes that a person added to a session stay when the session has ended and its workspace gets another one', async () => {
    const { pool, server } = fixture()
    const one = pool()
    await one.start()
    for (const workspace of ['buried', 'raced']) {
      await one.getOrCreateSession(workspace, { command: ['cat'] })
      await server.tmux('split-window', '-d', '-t', `=claude-${workspace}:`, 'sleep', '600')
      await one.sendKeys(workspace, ['C-d'])
      const isGone = () => expect(one.getSession(workspace)).toBeUndefined()
      if (workspace === 'buried') await vi.waitFor(isGone)
      await vi.waitFor(async () => {
        const { incarnation } = one.getSession(workspace) ?? {}
        expect((await one.getOrCreateSession(workspace, { command: ['cat'] })).incarnation).not.toBe(incarnation)
      })
    }
    const commands = await server.tmux('list-panes', '-a', '-F', '#{pane_start_command}')
    expect(commands.match(/sleep 600/g)).toHaveLength(2)
    expect(one.listSessions().map(({ sessionName }) => sessionName)).toEqual(['claude-buried', 'claude-raced'])
  })

  test('another session whose name begins alike is never touched', async () => {
    const { pool, server } = fixture()
    await server.tmux('new-session', '-d', '-s', 'claude-foobar')
    const one = pool({ takeIn: 'none' })
    await one.start()
    const foo = await one.getOrCreateSession('foo')
    await server.tmux('kill-session', '-t', '=claude-foo')
    await one.deleteSession('foo').catch((error: { code?: string }) => expect(error.code).toBe('SESSION_NOT_FOUND'))
    await server.host().kill(foo)
    await server.host().kill({ sessionName: 'claude-foo' })
    expect(await names(server)).toEqual(['claude-foobar'])
  })

  test('twenty concurrent calls of one workspace make one session, and maxSessions holds', async () => {
    const { pool, server } = fixture()
    const one = pool({ maxSessions: 2 })
    await one.start()
    const views = await Promise.all(Array.from({ length: 20 }, () => one.getOrCreateSession('a')))
    expect(new Set(views.map(({ incarnation }) => incarnation)).size).toBe(1)
    const more = await Promise.allSettled(['b', 'c', 'd'].map((workspace) => one.getOrCreateSession(workspace)))
    expect(more.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await names(server)).toHaveLength(2)
  })
})

describe('two pools on one tmux server and one directory', () => {
  test.each([
    ['different prefixes', { sessionPrefix: 'one-' }, { sessionPrefix: 'two-' }],
    ['different poolIds', { sessionPrefix: 'one-', poolId: 'p1' }, { sessionPrefix: 'two-', poolId: 'p2' }],
    ['different poolIds and the same prefix', { poolId: 'p1' }, { poolId: 'p2' }],
    ['prefixes of which one begins with the other', { sessionPrefix: 'a-' }, { sessionPrefix: 'a-b-' }],
  ])('with %s: neither pool touches the sessions of the other', async (_, first, second) => {
    const { pool, server } = fixture()
    const [one, two] = [pool(first), pool(second)]
    await Promise.all([one.start(), two.start()])
    for (const workspace of ['x', 'y']) await one.getOrCreateSession(workspace)
    for (const workspace of ['v', 'w']) await two.getOrCreateSession(workspace)
    for (const [each, workspace] of [
      [one, 'x'],
      [two, 'w'],
    ] as const) {
      each.trackRequestStart(workspace)
      expect(await each.saveSessionMetadata(workspace)).toMatchObject({ durability: 'power' })
    }
    await one.discoverExistingSessions()
    expect((await two.discoverExistingSessions()).recovered).toEqual([])
    expect(
      one
        .listSessions()
        .map(({ workspace }) => workspace)
        .toSorted(),
    ).toEqual(['x', 'y'])
    expect((await one.terminate()).terminated.toSorted()).toEqual(['x', 'y'])
    expect(await names(server)).toHaveLength(2)
    await two.stop()
    const again = pool(second)
    await again.start()
    expect(again.getSession('w')).toMatchObject({ totalRequests: 1, origin: 'stored' })
    expect(again.getSession('v')).toMatchObject({ origin: 'stored' })
  })
})

test('a session that another pool is creating is not taken in by its name, although it has no stamp yet', async () => {
  const { pool } = fixture()
  const [one, two] = [pool({ sessionPrefix: 'a-' }), pool({ sessionPrefix: 'a-b-' })]
  await Promise.all([one.start(), two.start()])
  const taken = new Set<string>()
  let isDone = false
  const looking = (async () => {
    while (!isDone) {
      await one.discoverExistingSessions()
      for (const { workspace } of one.listSessions()) taken.add(workspace)
    }
  })()
  for (let at = 0; at < 12; at += 1) await two.getOrCreateSession(`v${at}`)
  isDone = true
  await looking
  expect([...taken]).toEqual([])
})

describe('while a pool runs', () => {
  test('a session killed by hand is noticed, and the next getOrCreateSession() starts another', async () => {
    const { pool, server } = fixture()
    const one = pool()
    const gone = vi.fn()
    one.on('session:gone', gone)
    await one.start()
    const first = await one.getOrCreateSession('a')
    await one.getOrCreateSession('b')
    await server.tmux('kill-session', '-t', '=claude-a')
    await vi.waitFor(() => expect(one.getSession('a')).toBeUndefined())
    expect(gone).toHaveBeenCalledWith(
      expect.objectContaining({ reason: 'gone', session: expect.objectContaining({ incarnation: first.incarnation }) }),
    )
    const second = await one.getOrCreateSession('a')
    expect(second.incarnation).not.toBe(first.incarnation)
    expect(await names(server)).toEqual(['claude-a', 'claude-b'])
  })

  test('a killed tmux server is noticed, and the next getOrCreateSession() starts it again', async () => {
    const { pool, server } = fixture()
    const one = pool()
    await one.start()
    const first = await one.getOrCreateSession('a')
    process.kill(await server.pid(), 'SIGKILL')
    await vi.waitFor(() => expect(one.listSessions()).toEqual([]))
    const second = await one.getOrCreateSession('a')
    expect(second.incarnation).not.toBe(first.incarnation)
    await server.pid()
  })

  test('a removed tmux socket ends no session, and no second server is started', async () => {
    const { pool, server } = fixture()
    // A session that was seen a while ago is not handed out without tmux, and a busy machine may need that while.
    const one = pool({ livenessIntervalMs: 60_000 })
    await one.start()
    const first = await one.getOrCreateSession('a')
    const pid = await server.pid()
    rmSync(server.socketPath)
    expect((await one.getOrCreateSession('a')).incarnation).toBe(first.incarnation)
    await expect(one.getOrCreateSession('b')).rejects.toMatchObject({ code: 'HOST_UNAVAILABLE' })
    process.kill(pid, 'SIGUSR1')
    await vi.waitFor(async () => expect(await server.pid()).toBe(pid))
    await vi.waitFor(async () => expect((await one.discoverExistingSessions()).host.state).toBe('listed'))
    expect(one.getStats().host.state).toBe('available')
    expect(one.getSession('a')?.incarnation).toBe(first.incarnation)
  })
})

test('a pool over the file store by name takes its directory from the configuration', async () => {
  const { pool, directory, read } = fixture()
  const one = pool({ metadata: { store: 'file', stores: { file: { directory } } } })
  await one.start()
  await one.getOrCreateSession('a')
  expect(read('claude-a')).toMatchObject({ workspace: 'a' })
  expect(one.persistence().desired).toMatchObject({ store: 'file', mirror: [], layer: 'config' })
})
