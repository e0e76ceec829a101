import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { program } from '../../../packages/store-keyv/test/support/prerequisites.ts'
import { redisServer, redisUri } from '../../../packages/store-keyv/test/support/servers.ts'
import { built } from '../../../test/support/built.ts'
import { gatewayOf } from '../src/choose.ts'

const at = (file: string) => fileURLToPath(new URL(`../src/${file}`, import.meta.url))
const [main, gateway] = [built(at('main.ts')), built(at('gateway.ts'))]

interface Shown {
  readonly gateway: string
  readonly pid: number
  readonly status: string
  readonly unsaved: number
  readonly sessions: ReadonlyArray<{
    readonly workspace: string
    readonly totalRequests: number
    readonly origin: string
  }>
}

/** A fleet with a Redis of its own. */
async function startFleet() {
  const directory = mkdtempSync(join(tmpdir(), 'sk-fleet-'))
  const redis = await redisServer()
  await redis.start()
  let router: ChildProcess | undefined
  onTestFinished(async () => {
    router?.kill('SIGTERM')
    if (router?.exitCode === null) await once(router, 'exit')
    for (const id of ['a', 'b', 'c']) spawnSync('tmux', ['-S', join(directory, `gateway-${id}.tmux`), 'kill-server'])
    await redis.remove()
    rmSync(directory, { recursive: true, force: true })
  })
  const env = {
    ...{ PATH: process.env.PATH, HOME: directory, FLEET_DIRECTORY: directory },
    ...{ FLEET_GATEWAY: gateway, FLEET_STORE: redisUri(redis.port) },
  }
  router = spawn(process.execPath, [main], { env, cwd: directory, stdio: ['ignore', 'pipe', 'ignore'] })
  if (!router.stdout) throw new Error('The router has no output.')
  const [line] = (await once(createInterface({ input: router.stdout }), 'line')) as [string]
  const address = /http:\S+/.exec(line)?.[0] ?? ''
  const show = async () => (await (await fetch(address)).json()) as Shown[]
  return {
    directory,
    show,
    /** Waits until a gateway answers under another pid. Until the router has seen the end, a request may meet the killed one. */
    async restarted({ gateway: killed, pid }: Shown): Promise<void> {
      for (;;) {
        const now = (await show()).find(({ gateway: id }) => id === killed)
        if (now?.pid !== undefined && now.pid !== pid) return
        await sleep(50)
      }
    },
    request: async (workspace: string) => {
      const answer = await fetch(`${address}/${workspace}`, { method: 'POST' })
      return {
        status: answer.status,
        body: (await answer.json()) as { session?: { totalRequests: number; origin: string } },
      }
    },
  }
}

describe.skipIf(program.redis === undefined)('three gateways on one Redis', () => {
  it('one is killed and finds its sessions again; another loses its tmux too, and its sessions are resumed', async () => {
    const { directory, show, request, restarted } = await startFleet()
    const workspaces = Array.from({ length: 9 }, (_, at) => `w${at}`)
    for (const workspace of workspaces) expect((await request(workspace)).status).toBe(200)
    // A request that no store has when its gateway is killed would not be counted.
    while ((await show()).some(({ unsaved }) => unsaved > 0)) await sleep(50)
    const before = await show()
    expect(before.map(({ gateway: id, status }) => `${id} ${status}`)).toEqual([
      ...['gateway-a ok', 'gateway-b ok', 'gateway-c ok'],
    ])
    expect(before.flatMap(({ sessions }) => sessions.map(({ workspace }) => workspace)).sort()).toEqual(workspaces)
    const [a, b] = before.filter(({ sessions }) => sessions.length > 0)
    if (!a || !b) throw new Error('One gateway has every workspace.')

    process.kill(a.pid, 'SIGKILL')
    await restarted(a)
    for (const { workspace } of a.sessions) {
      const { status, body } = await request(workspace)
      expect(status).toBe(200)
      expect(body.session).toMatchObject({ totalRequests: 2, origin: 'stored' })
    }

    process.kill(b.pid, 'SIGKILL')
    spawnSync('tmux', ['-S', join(directory, `${b.gateway}.tmux`), 'kill-server'])
    await restarted(b)
    for (const { workspace } of b.sessions) {
      expect((await request(workspace)).body.session).toMatchObject({ totalRequests: 2, generation: 2 })
    }
  })
})

it('says in one line that its port is taken, and leaves no gateway behind', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sk-fleet-'))
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  onTestFinished(() => {
    other.close()
    for (const id of ['a', 'b', 'c']) spawnSync('tmux', ['-S', join(directory, `gateway-${id}.tmux`), 'kill-server'])
    rmSync(directory, { recursive: true, force: true })
  })
  const address = other.address()
  const port = typeof address === 'object' ? String(address?.port) : ''
  const env = {
    ...{ PATH: process.env.PATH, HOME: directory, FLEET_DIRECTORY: directory, FLEET_PORT: port },
    ...{ FLEET_GATEWAY: gateway, FLEET_STORE: 'redis://127.0.0.1:1' },
  }
  const router = spawn(process.execPath, [main], { env, cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] })
  // The gateways have the same standard error, so it ends only when they have.
  const [printed] = await Promise.all([text(router.stderr), once(router, 'exit')])
  const lines = printed.split('\n').filter((line) => line !== '' && !line.startsWith('{'))
  expect(lines).toEqual([expect.stringMatching(/^The fleet cannot be served: .*EADDRINUSE/)])
  expect(router.exitCode).toBe(1)
})

describe('gatewayOf()', () => {
  it('sends a workspace to the same gateway while others come and go', () => {
    const all = ['a', 'b', 'c']
    for (let at = 0; at < 50; at += 1) {
      const chosen = gatewayOf(`w${at}`, all)
      const without = all.filter((id) => id !== chosen)[at % 2] ?? ''
      expect(
        gatewayOf(
          `w${at}`,
          all.filter((id) => id !== without),
        ),
      ).toBe(chosen)
    }
    expect(new Set(Array.from({ length: 50 }, (_, at) => gatewayOf(`w${at}`, all))).size).toBe(3)
  })
})
