import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Exec, tmuxHost } from '@sessionkeep/tmux'
import { describe, expect, test } from 'vitest'
import { execaExec } from '../src/execa-exec.ts'
import { eventually, listedLater, privateServer, stamps } from './support/private-server.ts'

// The test needs a second user.
const asRoot = test.runIf(process.getuid?.() === 0)

describe('list(), when the sessions are unknown', () => {
  test('rejects while the known server runs without its socket, and create() starts no second server', async () => {
    const server = privateServer()
    const host = server.host()
    const made = await host.create('a', stamps)
    const pid = await server.pid()
    rmSync(server.socketPath)
    const unknown = { code: 'HOST_UNAVAILABLE', retryable: true, message: expect.stringContaining(`kill -USR1 ${pid}`) }
    await expect(host.list()).rejects.toMatchObject(unknown)
    await expect(host.create('a', stamps)).rejects.toMatchObject(unknown)
    expect(existsSync(server.socketPath)).toBe(false)
    await expect(host.kill(made)).rejects.toMatchObject(unknown)
    await expect(host.sendText(made, 'x')).rejects.toMatchObject(unknown)
    await expect(server.host().kill(made)).rejects.toMatchObject(unknown)
    process.kill(pid, 'SIGUSR1')
    await eventually(() =>
      server.tmux('has-session').then(
        () => true,
        () => false,
      ),
    )
    expect(await host.list()).toMatchObject([listedLater(made)])
  })

  test('rejects when a row cannot be parsed, because its session may live', async () => {
    const server = privateServer()
    const made = await server.host().create('a', stamps)
    const exec: Exec = async (argv, options) => {
      const reply = await execaExec(8)(argv, options)
      return { ...reply, stdout: reply.stdout.replace(/ \$\d+ /, '  ') }
    }
    const host = tmuxHost({ socketPath: server.socketPath, exec })
    await expect(host.list()).rejects.toMatchObject({
      code: 'HOST_UNAVAILABLE',
      message: expect.stringContaining('row'),
    })
    await expect(host.capture(made)).rejects.toMatchObject({ code: 'HOST_UNAVAILABLE' })
  })

  test('rejects while another server has taken the socket of a known one that still runs', async () => {
    const server = privateServer()
    const host = server.host()
    const made = await host.create('a', stamps)
    const first = await server.pid()
    rmSync(server.socketPath)
    await server.tmux('new-session', '-d', '-s', 'a')
    await server.pid()
    const unknown = { code: 'HOST_UNAVAILABLE', message: expect.stringContaining(String(first)) }
    await expect(host.list()).rejects.toMatchObject(unknown)
    await expect(host.create('b', stamps)).rejects.toMatchObject(unknown)
    await expect(host.kill(made)).rejects.toMatchObject(unknown)
    await expect(host.capture(made)).rejects.toMatchObject(unknown)
    expect(await server.tmux('list-sessions', '-F', '#{session_name}')).toBe('a')
    process.kill(first, 'SIGKILL')
    expect(await host.list()).toHaveLength(1)
  })

  asRoot('rejects with HOST_UNAVAILABLE and the message of tmux when it has no access to the socket', async () => {
    const server = privateServer()
    mkdirSync(join(server.directory, 'd'), { mode: 0o700 })
    const locked = { socketPath: join(server.directory, 'd', 's') }
    const prefix = ['setpriv', '--reuid=65534', '--clear-groups']
    await expect(tmuxHost({ ...locked, prefix }).list()).rejects.toMatchObject({
      code: 'HOST_UNAVAILABLE',
      message: expect.stringContaining('Permission denied'),
    })
  })

  test('rejects with HOST_UNAVAILABLE and the name of the package when tmux is not installed', async () => {
    const missing = { code: 'HOST_UNAVAILABLE', message: expect.stringContaining('apt install tmux') }
    const { directory, socketPath } = privateServer()
    await expect(tmuxHost({ socketPath, prefix: ['env', `PATH=${directory}`] }).list()).rejects.toMatchObject(missing)
    const path = process.env.PATH
    process.env.PATH = directory
    const local = tmuxHost({ socketPath })
      .list()
      .finally(() => {
        process.env.PATH = path
      })
    await expect(local).rejects.toMatchObject(missing)
  })

  test('rejects with HOST_UNAVAILABLE when part of the answer was lost', async () => {
    const server = privateServer()
    await server.host().create('a', stamps)
    await server.host().create('b', stamps)
    for (const kept of [1, 0.9, 0.5, 0.1, 0]) {
      const exec: Exec = async (argv, options) => {
        const result = await execaExec(100)(argv, options)
        return { ...result, stdout: result.stdout.slice(0, Math.floor((result.stdout.length - 2) * kept)) }
      }
      await expect(server.host({ exec }).list()).rejects.toMatchObject({ code: 'HOST_UNAVAILABLE' })
    }
  })

  test('asks again when the first answer was cut off', async () => {
    const server = privateServer()
    const made = await server.host().create('a', { ...stamps, command: 'cat' })
    let calls = 0
    const exec: Exec = async (argv, options) => {
      const result = await execaExec(100)(argv, options)
      if (argv[0] === 'tmux') calls += 1
      return calls > 1 ? result : { ...result, stdout: result.stdout.slice(0, 20) }
    }
    expect(await server.host({ exec }).list()).toMatchObject([{ incarnation: made.incarnation }])
  })

  test('resolves empty when the output matches `gone`, and rejects when it does not', async () => {
    const server = privateServer()
    const prefix = [
      server.script('docker', 'echo "Error response from daemon: container x is not running" >&2; exit 1'),
    ]
    expect(await server.host({ prefix, gone: ['No such container', /is not running/g] }).list()).toEqual([])
    await expect(server.host({ prefix, gone: 'No such container' }).list()).rejects.toMatchObject({
      code: 'HOST_UNAVAILABLE',
    })
    await expect(server.host({ prefix, gone: 'is not running' }).create('a', stamps)).rejects.toMatchObject({
      code: 'HOST_UNAVAILABLE',
    })
  })
})
