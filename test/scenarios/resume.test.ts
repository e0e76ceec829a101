import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { SessionPoolOptions } from '@sessionkeep/core'
import { expect, onTestFinished, test, vi } from 'vitest'
import { fixture } from './fixture.ts'

const PROGRAM = fileURLToPath(new URL('./resume-gateway.mjs', import.meta.url))

/** A stand-in for an agent: it keeps each conversation in a file, and shows it again with --resume. */
const AGENT = `
file="$(dirname "$0")/conversations/$2"
if [ "$1" = --resume ]; then cat "$file" || exit 1; fi
while read -r line; do
  [ "$line" = /exit ] && exit 0
  echo "$line" >> "$file"
  echo "noted $line"
done`

/** A gateway in a process of its own, which has made its sessions. */
async function scene() {
  const made = fixture()
  const { server, directory } = made
  mkdirSync(join(server.directory, 'conversations'))
  const agent = server.script('agent', AGENT)
  const settings = JSON.stringify({ directory, socketPath: server.socketPath, agent, boot: 'boot-1' })
  const child = spawn(process.execPath, [PROGRAM, settings], { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(createInterface(child.stdout), 'line')
  const launch: SessionPoolOptions<Record<string, unknown>>['launch'] = (_workspace, attributes, previous) => ({
    command: [agent, previous ? '--resume' : '--session-id', String(attributes?.conversation)],
  })
  return {
    ...made,
    async killGateway(): Promise<void> {
      const exit = once(child, 'exit')
      child.kill('SIGKILL')
      await exit
    },
    /** Another gateway on the same server and files, in the boot of that name. */
    async gateway(boot: string) {
      const host = { ...server.host(), place: undefined, boot: async () => boot }
      const pool = made.pool({ host, launch, resume: { settleMs: 200, spacingMs: 0 } })
      await pool.start()
      return pool
    },
  }
}

type Gateway = Awaited<ReturnType<Awaited<ReturnType<typeof scene>>['gateway']>>

/** Checks that the plan has what was lost and nothing else, and that each comes back once, as it was. */
async function comesBack(pool: Gateway, cause: 'server' | 'boot'): Promise<void> {
  const plan = await pool.planResume()
  expect(plan.resume.map((step) => [step.workspace, step.cause, step.interrupted]).sort()).toEqual([
    ['a', cause, undefined],
    ['b', cause, true],
  ])
  expect(plan.offered).toMatchObject([{ workspace: 'done', why: 'exited', exitCode: 0 }])
  expect(plan.blocked).toEqual([])
  const report = await pool.resume(plan)
  expect(report).toMatchObject({ resumed: plan.resume, failed: [], skipped: [] })
  expect((await pool.resume()).resumed).toEqual([])
  expect(
    pool
      .listSessions()
      .map(({ workspace }) => workspace)
      .sort(),
  ).toEqual(['a', 'b'])
  for (const [workspace, totalRequests] of [
    ['a', 1],
    ['b', 2],
  ] as const) {
    const attributes = { conversation: `conversation-${workspace}` }
    expect(pool.getSession(workspace)).toMatchObject({ generation: 2, totalRequests, attributes, status: 'idle' })
    await vi.waitFor(async () => expect((await pool.capture(workspace)).trim()).toBe(`hello from ${workspace}`))
  }
}

test('after the gateway was killed, its sessions live on, and nothing is to be resumed', async () => {
  const { killGateway, gateway } = await scene()
  await killGateway()
  const pool = await gateway('boot-1')
  expect(
    pool
      .listSessions()
      .map(({ workspace }) => workspace)
      .sort(),
  ).toEqual(['a', 'b'])
  expect(pool.getSession('b')).toMatchObject({ totalRequests: 2, status: 'active' })
  expect(await pool.planResume()).toMatchObject({ resume: [], blocked: [] })
})

test('after gateway and tmux were killed, each lost session comes back once, with its conversation', async () => {
  const { killGateway, gateway, server } = await scene()
  await killGateway()
  process.kill(await server.pid(), 'SIGKILL')
  await comesBack(await gateway('boot-1'), 'server')
})

test('after a reboot, each lost session comes back once, with its conversation, and again after the next one', async () => {
  const { killGateway, gateway, server } = await scene()
  await killGateway()
  await server.tmux('kill-server')
  const pool = await gateway('boot-2')
  await comesBack(pool, 'boot')
  // A session that served a request is well, and its attempts are forgotten.
  await pool.withRequest('a', () => undefined)
  await pool.stop()
  await server.tmux('kill-server')
  const again = await gateway('boot-3')
  const { resumed } = await again.resume({ workspaces: ['a'] })
  expect(resumed).toMatchObject([{ workspace: 'a', generation: 2, cause: 'boot' }])
  expect(again.getSession('a')).toMatchObject({ generation: 3, totalRequests: 2 })
  expect(again.getSession('a')?.past).toMatchObject([{ generation: 2 }, { ended: { cause: 'boot' } }])
})

test('after tmux was killed under a gateway that goes on, each lost session comes back once, with its conversation', async () => {
  const { killGateway, gateway, server } = await scene()
  await killGateway()
  const pool = await gateway('boot-1')
  process.kill(await server.pid(), 'SIGKILL')
  await vi.waitFor(() => expect(pool.listEnded().map(({ workspace }) => workspace)).toHaveLength(3), 10_000)
  await comesBack(pool, 'server')
})

test('a command that outlived tmux blocks the resume of its session until it has ended', async () => {
  const { server, pool } = fixture()
  const command = ['sh', '-c', "trap '' HUP; echo ready; while :; do sleep 0.1; done"]
  const first = pool({ resume: { settleMs: 100 } })
  await first.start()
  await first.getOrCreateSession('a', { command })
  await vi.waitFor(async () => expect(await first.capture('a')).toContain('ready'))
  const pid = Number(first.getSession('a')?.pid)
  await first.saveSessionMetadata('a')
  process.kill(await server.pid(), 'SIGKILL')
  try {
    await vi.waitFor(() => expect(first.listEnded()).toHaveLength(1), 10_000)
    expect((await first.planResume()).blocked).toMatchObject([
      { why: 'survivor', detail: expect.stringContaining(`${pid}`) },
    ])
    await expect(first.resumeSession('a')).rejects.toMatchObject({
      code: 'NOT_RESUMABLE',
      context: { why: 'survivor' },
    })
  } finally {
    process.kill(pid, 'SIGKILL')
  }
  await vi.waitFor(async () => expect(await first.resumeSession('a')).toMatchObject({ generation: 2 }), 10_000)
  // It outlives the server of the test, too.
  process.kill(Number(first.getSession('a')?.pid), 'SIGKILL')
})
