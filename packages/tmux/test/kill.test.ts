import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { alive, eventually, listedLater, privateServer, stamps } from './support/private-server.ts'

/** Starts a program in a terminal session of its own, and again each time that it ends. Notes the process ids in a file. */
const WATCHES = `
  for (const signal of ['SIGHUP', 'SIGTERM']) process.on(signal, () => undefined)
  const start = () => {
    const program = require('node:child_process').spawn('sleep', ['600'], { detached: true })
    require('node:fs').appendFileSync(process.argv[1], program.pid + '\\n')
    program.once('exit', start)
  }
  start()
`

describe('kill()', () => {
  test('ends that session, and resolves when it is already gone', async () => {
    const server = privateServer()
    const host = server.host()
    const made = await host.create('a', stamps)
    const keep = await host.create('b', stamps)
    await host.kill(made)
    expect(await host.list()).toMatchObject([listedLater(keep)])
    await host.kill(made)
    await host.kill({ sessionName: 'a' })
    expect(await host.list()).toMatchObject([listedLater(keep)])
  })

  test.each(['join-pane', 'move-window'])(
    'leaves another session whose pane a person moved into it (%s), and frees its name',
    async (move) => {
      const server = privateServer()
      const host = server.host()
      const a = await host.create('a', { ...stamps, command: 'cat' })
      const b = await host.create('b', { ...stamps, command: 'cat' })
      await server.tmux(move, '-d', '-s', '=a:', '-t', '=b:')
      await host.kill(b)
      expect(await host.list()).toContainEqual(expect.objectContaining({ incarnation: a.incarnation, exited: false }))
      expect((await host.list()).map(({ incarnation, exited }) => exited || incarnation)).not.toContain(b.incarnation)
      await host.sendText(a, 'still here', { submit: true })
      await eventually(async () => (await host.capture(a)).includes('still here'))
      expect(await host.create('b', { ...stamps, command: 'cat' })).toMatchObject({ sessionName: 'b', exited: false })
      await host.kill(a)
      expect((await host.list()).map(({ sessionName, exited }) => [sessionName, exited])).toEqual([['b', false]])
    },
  )

  test('leaves the panes that a person added to a session whose own pane is closed, and frees its name', async () => {
    const server = privateServer()
    const host = server.host()
    const made = await host.create('a', { ...stamps, command: 'cat' })
    await server.tmux('split-window', '-d', '-t', '=a:', 'sleep', '600')
    await server.tmux('kill-pane', '-t', '=a:.0')
    await host.kill(made)
    expect(await host.create('a', { ...stamps, command: 'cat' })).toMatchObject({ sessionName: 'a', exited: false })
    expect(await server.tmux('list-panes', '-a', '-F', '#{pane_start_command}')).toContain('sleep 600')
    expect((await host.list()).filter(({ pool }) => pool !== undefined)).toHaveLength(1)
    expect((await server.tmux('list-sessions', '-F', '#{session_name}')).split('\n')).toHaveLength(2)
  })

  test('ends the last session, and its server with it', async () => {
    const host = privateServer().host()
    const made = await host.create('a', stamps)
    await host.kill(made)
    await host.kill(made)
    expect(await host.list()).toEqual([])
  })

  test('never ends a session whose name has the same beginning, or matches as a pattern', async () => {
    const server = privateServer()
    const host = server.host()
    const made = await host.create('claude-foo', stamps)
    await host.create('claude-foobar', stamps)
    await host.kill(made)
    await host.kill(made)
    await host.kill({ sessionName: 'claude-foo' })
    expect(await host.list()).toMatchObject([{ sessionName: 'claude-foobar' }])
  })

  test('never ends another incarnation of that name', async () => {
    const server = privateServer()
    const host = server.host()
    const first = await host.create('a', stamps)
    await host.create('keep', stamps)
    await host.kill(first)
    const second = await host.create('a', stamps)
    await host.kill(first)
    expect(await host.list()).toContainEqual(expect.objectContaining(listedLater(second)))
  })

  test('never ends a session of a later server that has the same name and id', async () => {
    const server = privateServer()
    const host = server.host()
    const first = await host.create('a', stamps)
    await server.tmux('kill-server')
    const second = await host.create('a', stamps)
    expect(second.incarnation?.split('.')[2]).toBe(first.incarnation?.split('.')[2])
    await host.kill(first)
    await server.host().kill(first)
    expect(await host.list()).toMatchObject([listedLater(second)])
  })

  test('ends a renamed incarnation, and not the session that has its old name now', async () => {
    const server = privateServer()
    const host = server.host()
    const made = await host.create('a', stamps)
    await server.tmux('rename-session', '-t', '=a', 'renamed')
    const other = await host.create('a', stamps)
    await host.kill(made)
    expect(await host.list()).toMatchObject([listedLater(other)])
  })

  test('resolves for an incarnation that no tmux made', async () => {
    const host = privateServer().host()
    const made = await host.create('a', stamps)
    for (const incarnation of ['', 'x', '1.2.$3; kill-server', "1.2.$3'"])
      await host.kill({ sessionName: 'a', incarnation })
    expect(await host.list()).toMatchObject([listedLater(made)])
  })

  test('ends a program that ignores SIGHUP, and the processes that it started', async () => {
    const server = privateServer()
    const host = server.host()
    const keep = await host.create('keep', stamps)
    const made = await host.create('a', { ...stamps, command: 'trap "" HUP; echo ready; sleep 5; sleep 5' })
    await eventually(async () => (await host.capture(made)).includes('ready'))
    const pid = Number(await server.tmux('display-message', '-p', '-t', '=a:', '#{pane_pid}'))
    await host.kill(made)
    expect(await host.list()).toMatchObject([listedLater(keep)])
    expect(alive(pid)).toBe(false)
  })

  test('ends what a program that ignores signals has started again meanwhile', async () => {
    const server = privateServer()
    const host = server.host()
    await host.create('keep', stamps)
    const pids = join(server.directory, 'pids')
    const command = [process.execPath, '-e', WATCHES, pids]
    const made = await host.create('a', { ...stamps, command })
    const started = () => (existsSync(pids) ? readFileSync(pids, 'utf8').trim().split('\n').map(Number) : [])
    await eventually(() => started().length > 0)
    await host.kill(made)
    expect(started().length).toBeGreaterThan(1)
    expect(started().filter(alive)).toEqual([])
  })

  test('ends a session with an unusual name by its incarnation, and refuses the name alone', async () => {
    const server = privateServer()
    const host = server.host()
    await server.tmux('new-session', '-d', '-s', 'odd * name')
    await server.tmux('new-session', '-d', '-s', 'odd')
    const odd = (await host.list()).find(({ sessionName }) => sessionName.includes('*'))
    await expect(host.kill({ sessionName: 'odd * name' })).rejects.toMatchObject({ code: 'HOST_INVALID_NAME' })
    await host.kill({ sessionName: 'odd * name', incarnation: odd?.incarnation })
    expect(await host.list()).toMatchObject([{ sessionName: 'odd' }])
  })

  test('rejects with HOST_UNAVAILABLE when the state of the session is unknown', async () => {
    const server = privateServer()
    const made = await server.host().create('a', stamps)
    const prefix = [server.script('broken', 'echo no route to host >&2; exit 255')]
    for (const ref of [made, { sessionName: 'a' }]) {
      await expect(server.host({ prefix }).kill(ref)).rejects.toMatchObject({
        code: 'HOST_UNAVAILABLE',
        retryable: true,
      })
    }
    await server.host({ prefix, gone: 'no route' }).kill(made)
    expect(await server.host().list()).toMatchObject([listedLater(made)])
  })
})
