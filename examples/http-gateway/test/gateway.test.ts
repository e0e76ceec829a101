import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { json, text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { built } from '../../../test/support/built.ts'

const main = built(fileURLToPath(new URL('../src/main.ts', import.meta.url)))

/** Where one gateway after the other runs, with a tmux server of its own. */
function place() {
  const directory = mkdtempSync(join(tmpdir(), 'sk-http-gateway-'))
  const tmux = join(directory, 'tmux')
  const running = new Set<ChildProcess>()
  const end = async (child: ChildProcess, signal: NodeJS.Signals) => {
    const ended = once(child, 'exit')
    child.kill(signal)
    running.delete(child)
    await ended
    return child.exitCode
  }
  onTestFinished(async () => {
    for (const child of running) await end(child, 'SIGKILL')
    spawnSync('tmux', ['-S', tmux, 'kill-server'])
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 })
  })
  return {
    async start() {
      const env = {
        ...{ PATH: process.env.PATH, HOME: directory, GATEWAY_PORT: '0', GATEWAY_TMUX: tmux },
        GATEWAY_DIRECTORY: join(directory, 'data'),
      }
      const child = spawn(process.execPath, [main], { cwd: directory, env, stdio: ['ignore', 'pipe', 'ignore'] })
      running.add(child)
      const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
      const address = new URL(/http:\S+/.exec(line)?.[0] ?? '')
      const headers = {
        authorization: `Bearer ${address.searchParams.get('token')}`,
        'content-type': 'application/json',
      }
      return {
        end: (signal: NodeJS.Signals) => end(child, signal),
        /** The status of an answer without the token. */
        closed: async (path: string) => (await fetch(new URL(path, address.origin))).status,
        call: async (method: string, path: string, body?: object) => {
          const sent = body === undefined ? {} : { body: JSON.stringify(body) }
          const answer = await fetch(new URL(path, address.origin), { method, headers, ...sent })
          return (await answer.json()) as Record<string, unknown>
        },
      }
    },
    /** What a gateway prints that cannot start, besides its log. */
    async refused(variables: Record<string, string>) {
      const env = { PATH: process.env.PATH, HOME: directory, GATEWAY_TMUX: tmux, ...variables }
      const child = spawn(process.execPath, [main], { cwd: directory, env, stdio: ['ignore', 'pipe', 'pipe'] })
      running.add(child)
      const [printed] = await Promise.all([text(child.stderr), once(child, 'exit')])
      running.delete(child)
      return { code: child.exitCode, lines: printed.split('\n').filter((line) => line !== '' && !line.startsWith('{')) }
    },
    /** Asks by the socket for the command line, which needs no token. */
    async bySocket(path: string) {
      const socketPath = join(directory, 'data', 'sessions', 'sessionkeep.sock')
      const [response] = await once(request({ socketPath, path, headers: { host: 'localhost' } }).end(), 'response')
      return await json(response)
    },
  }
}

it('the gateway of npm start knows after a kill -9 what it knew, and answers with its token alone', async () => {
  const { start, bySocket } = place()
  const first = await start()
  expect(await first.closed('/sessions')).toBe(401)
  await first.call('POST', '/sessions', { workspace: 'docs' })
  await first.call('POST', '/sessions/docs/text', { text: 'echo hello-$((40 + 2))', submit: true })
  await first.call('POST', '/sessions/docs/save')
  const screen = async () => String((await first.call('GET', '/sessions/docs/screen')).screen)
  await expect.poll(screen, { timeout: 30_000 }).toMatch(/^hello-42$/m)
  const { createdAt, totalRequests } = await first.call('GET', '/sessions/docs')
  expect(totalRequests).toBe(1)
  await first.end('SIGKILL')

  const second = await start()
  expect(await second.call('GET', '/sessions/docs')).toMatchObject({ createdAt, totalRequests, origin: 'stored' })
  expect(await bySocket('/sessions')).toMatchObject({ sessions: [{ workspace: 'docs', totalRequests }] })
  expect(await second.end('SIGTERM')).toBe(0)
})

it.each([
  [{ GATEWAY_PORT: 'x' }, 'ConfigError: GATEWAY_PORT=x is not a port'],
  [{ SESSIONKEEP_STORE: 'none-such' }, 'ConfigError: There is no store named "none-such"'],
])('the gateway says in one line why it cannot start: %j', async (variables, expected) => {
  const { code, lines } = await place().refused(variables)
  expect({ code, lines }).toEqual({ code: 1, lines: [expect.stringContaining(expected)] })
})
