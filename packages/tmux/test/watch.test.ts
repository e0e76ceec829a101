import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { TmuxHost } from '@sessionkeep/tmux'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { built } from '../../../test/support/built.ts'
import { alive, eventually, type PrivateServer, privateServer, stamps } from './support/private-server.ts'

/** Watches a host until the test has finished. */
function watched(host: TmuxHost) {
  const seen = { calls: 0 }
  const stop = host.watch?.(() => {
    seen.calls += 1
  })
  onTestFinished(() => stop?.())
  return seen
}

const watching = built(fileURLToPath(new URL('support/watching-process.mjs', import.meta.url)))

/** The processes that wait for a signal of the server. */
function clientsOf({ socketPath }: PrivateServer): number[] {
  const { stdout } = spawnSync('ps', ['-e', '-o', 'pid=,args='], { encoding: 'utf8' })
  const lines = stdout.split('\n').filter((line) => line.includes(socketPath) && line.includes('wait-for'))
  return lines.map((line) => Number.parseInt(line, 10))
}

/** Waits until a client waits for the hooks, so that what happens next must wake it. */
async function whenWaiting(server: PrivateServer): Promise<void> {
  await eventually(async () => (await server.tmux('show-hooks', '-g')).includes('session-closed[870]'))
}

describe('watch()', () => {
  test.each([
    ['a command ends', ['send-keys', '-t', '=a:', 'Enter']],
    ['a session is killed', ['kill-session', '-t', '=a']],
    ['a pane is killed', ['kill-pane', '-t', '=a:']],
    ['a window is killed', ['kill-window', '-t', '=a:']],
    ['the server ends', ['kill-server']],
  ])('calls when %s', async (_, command) => {
    const server = privateServer()
    const host = server.host()
    await host.create('keep', { ...stamps, command: 'cat' })
    await host.create('a', { ...stamps, command: ['sh', '-c', 'read -r line'] })
    const seen = watched(host)
    await whenWaiting(server)
    const before = seen.calls
    await server.tmux(...command)
    await eventually(() => seen.calls > before)
  })

  test('goes on after an error of the system that Node throws when it starts the client', async () => {
    const server = privateServer()
    const host = server.host({ env: ['TOO_LONG'] })
    await host.create('keep', { ...stamps, command: 'cat' })
    const made = await host.create('a', { ...stamps, command: 'cat' })
    // A variable that is too long for a process. Other such errors, no memory for example, cannot be had at will.
    vi.stubEnv('TOO_LONG', 'x'.repeat(200_000))
    onTestFinished(() => void vi.unstubAllEnvs())
    const seen = watched(host)
    await eventually(() => seen.calls > 0)
    await expect(host.output?.(made)[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'HOST_UNAVAILABLE' })
    vi.unstubAllEnvs()
    await whenWaiting(server)
    const before = seen.calls
    await server.tmux('kill-session', '-t', '=a')
    await eventually(() => seen.calls > before)
  })

  test('calls for each of several ends, one after the other', async () => {
    const server = privateServer()
    const host = server.host()
    await host.create('keep', { ...stamps, command: 'cat' })
    const seen = watched(host)
    for (const name of ['a', 'b', 'c']) {
      await host.create(name, { ...stamps, command: 'cat' })
      await whenWaiting(server)
      const before = seen.calls
      await server.tmux('kill-session', '-t', `=${name}`)
      await eventually(() => seen.calls > before)
    }
  })

  test('begins when the first session is created, if there was no server before', async () => {
    const server = privateServer()
    const host = server.host()
    watched(host)
    await host.create('a', { ...stamps, command: 'cat' })
    await whenWaiting(server)
  })

  test('keeps the hooks of a person', async () => {
    const server = privateServer()
    const host = server.host()
    await server.tmux('new-session', '-d', '-s', 'theirs', 'cat')
    await server.tmux('set-hook', '-g', 'session-closed', 'set-option -g @theirs ran')
    watched(host)
    await whenWaiting(server)
    await host.kill(await host.create('a', { ...stamps, command: 'cat' }))
    await eventually(async () => (await server.tmux('show-options', '-gqv', '@theirs')) === 'ran')
  })

  test('is not there where tmux runs elsewhere, because the client that waits there would stay', () => {
    expect(privateServer().host({ prefix: ['env'] }).watch).toBeUndefined()
  })

  test('leaves no process behind when the gateway is killed', async () => {
    const server = privateServer()
    await server.host().create('a', { ...stamps, command: 'cat' })
    const gateway = spawn(process.execPath, [watching, server.socketPath])
    await once(gateway.stdout, 'data')
    await eventually(() => clientsOf(server).length > 0)
    const clients = clientsOf(server)
    gateway.kill('SIGKILL')
    await once(gateway, 'exit')
    await eventually(() => !clients.some(alive))
  })
})
