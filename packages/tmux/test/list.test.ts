import type { HostSession } from '@sessionkeep/contracts/host'
import { describe, expect, test } from 'vitest'
import { STAMP_OPTION } from '../src/stamp.ts'
import { eventually, listedLater, privateServer, stamps } from './support/private-server.ts'

describe('list()', () => {
  test('resolves empty when no server has ever run', async () => {
    expect(await privateServer().host().list()).toEqual([])
  })

  test('resolves empty when the server has no session', async () => {
    const server = privateServer()
    await server.tmux(
      'new-session',
      '-d',
      '-s',
      'a',
      ';',
      'set',
      '-g',
      'exit-empty',
      'off',
      ';',
      'kill-session',
      '-t',
      '=a',
    )
    expect(await server.host().list()).toEqual([])
  })

  test('resolves empty when the known server has ended, also by SIGKILL', async () => {
    const server = privateServer()
    const host = server.host()
    await host.create('a', stamps)
    process.kill(await server.pid(), 'SIGKILL')
    expect(await host.list()).toEqual([])
    await host.create('a', stamps)
    await server.tmux('kill-server')
    expect(await host.list()).toEqual([])
  })

  test('returns sessions that no pool made, with the times of tmux', async () => {
    const server = privateServer()
    await server.tmux('new-session', '-d', '-s', 'theirs')
    const [session, ...others] = await server.host().list()
    const created = Number(await server.tmux('display-message', '-p', '#{session_created}')) * 1000
    expect(others).toEqual([])
    expect(session).toMatchObject({
      sessionName: 'theirs',
      createdAt: created,
      createdAtSource: 'host',
      attached: false,
    })
    expect(session?.pool).toBeUndefined()
    expect(session?.workspace).toBeUndefined()
  })

  test('returns another incarnation after a session, or its server, was started again', async () => {
    const server = privateServer()
    const host = server.host()
    const first = await host.create('a', stamps)
    await host.create('keep', stamps)
    await server.tmux('kill-session', '-t', '=a')
    const second = await host.create('a', stamps)
    await server.tmux('kill-server')
    const third = await host.create('a', stamps)
    expect(new Set([first, second, third].map(({ incarnation }) => incarnation)).size).toBe(3)
  })

  test('keeps incarnation and stamp through a rename', async () => {
    const server = privateServer()
    const host = server.host()
    const made = await host.create('a', stamps)
    await server.tmux('rename-session', '-t', '=a', 'renamed')
    expect(await host.list()).toMatchObject([{ ...listedLater(made), sessionName: 'renamed' }])
  })

  test('accepts no global option, environment variable or copied stamp as a stamp', async () => {
    const server = privateServer()
    const host = server.host()
    await host.create('a', stamps)
    const stamp = await server.tmux('show-options', '-v', '-t', '=a:', STAMP_OPTION)
    await server.tmux('set-option', '-g', STAMP_OPTION, stamp)
    await server.tmux('set-environment', '-g', STAMP_OPTION, stamp)
    await server.tmux('new-session', '-d', '-s', 'inherits')
    await server.tmux('new-session', '-d', '-s', 'copied', ';', 'set-option', '-t', '=copied:', STAMP_OPTION, stamp)
    await server.tmux('new-session', '-d', '-s', 'env', ';', 'set-environment', '-t', '=env', STAMP_OPTION, stamp)
    const stamped = (await host.list()).filter(({ pool }) => pool !== undefined)
    expect(stamped.map(({ sessionName }) => sessionName)).toEqual(['a'])
  })

  test('returns every session although stamps and names of others are unusual', async () => {
    const server = privateServer()
    const host = server.host()
    const made = await host.create('a', stamps)
    const of = '1:#{pid}.#{start_time}.#{session_id}:'
    const json = (content: unknown) => of + Buffer.from(JSON.stringify(content)).toString('base64url')
    const broken = [
      '',
      'x\ny',
      '1:',
      `${of}!!`,
      `${of}AAAA`,
      json(null),
      json({}),
      json([1, 2, 3]),
      json(['a', 'b', '3']),
    ]
    const names = ['we ird', 'tab\there', 'new\nline', 'żółć', '-dash', '#{pid}', '$0', '=x', "q'uote"]
    for (const [at, name] of names.entries()) {
      const id = await server.tmux('new-session', '-d', '-P', '-F', '#{session_id}', '-s', `n${at}`)
      // tmux 3.7 refuses names with a control character.
      await server.tmux('rename-session', '-t', id, '--', name).catch(() => '')
      await server.tmux('set-option', '-F', '-t', `${id}:`, STAMP_OPTION, broken[at] ?? '')
    }
    const listed = await host.list()
    expect(listed).toHaveLength(names.length + 1)
    const ours = listed.filter(({ pool }) => pool !== undefined)
    expect(ours.map(({ incarnation }) => incarnation)).toEqual([made.incarnation])
    expect(listed.map(({ sessionName }) => sessionName)).toEqual(
      expect.arrayContaining(['we ird', 'żółć', '-dash', "q'uote"]),
    )
  })

  test('returns the time of the last activity in any of its windows', async () => {
    const server = privateServer()
    const host = server.host()
    const noise = { ...stamps, command: 'sleep 1.1; echo noise; sleep 60' }
    const current = await host.create('current', noise)
    const other = await host.create('other', { ...stamps, command: 'sleep 60' })
    await server.tmux('new-window', '-d', '-t', '=other:', noise.command)
    const later = ({ lastActivityAt: now = 0 }: HostSession, then: HostSession) =>
      now > (then.lastActivityAt ?? 0) + 500
    await eventually(async () => {
      const [first, second] = await host.list()
      return first !== undefined && second !== undefined && later(first, current) && later(second, other)
    })
  })

  test('judges whether a session has exited by its first pane, whatever panes were added', async () => {
    const server = privateServer()
    const host = server.host()
    await host.create('keep', stamps)
    await server.tmux('set-option', '-g', 'remain-on-exit', 'on')
    await host.create('done', { ...stamps, command: 'true' })
    await host.create('half', { ...stamps, command: 'true' })
    await server.tmux('split-window', '-d', '-t', '=half:', 'sleep 60')
    await eventually(async () => (await host.list()).some(({ exited }) => exited))
    const exited = (await host.list()).filter((session) => session.exited)
    expect(exited.map(({ sessionName }) => sessionName)).toEqual(['done', 'half'])
  })

  test('returns whether a client is attached', async () => {
    const server = privateServer()
    const host = server.host()
    await host.create('watched', stamps)
    await host.create('watcher', { ...stamps, command: `env -u TMUX tmux -S ${server.socketPath} attach -t =watched` })
    await eventually(async () => (await host.list()).some(({ attached }) => attached))
    const attached = (await host.list()).filter((session) => session.attached)
    expect(attached.map(({ sessionName }) => sessionName)).toEqual(['watched'])
  })
})
