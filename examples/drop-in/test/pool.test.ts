import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { KeptPool } from '../src/after.ts'
import { InMemoryPool } from '../src/before.ts'
import { hostOf } from '../src/host.ts'
import type { GatewayPool } from '../src/session-pool.ts'
import { type Tmux, tmuxAt } from '../src/tmux.ts'

interface Place {
  readonly tmux: Tmux
  start(): Promise<GatewayPool>
}

function place(make: (tmux: Tmux, directory: string) => Promise<GatewayPool>): Place {
  const directory = mkdtempSync(join(tmpdir(), 'sk-drop-'))
  const socket = join(directory, 'tmux')
  const pools: GatewayPool[] = []
  onTestFinished(async () => {
    for (const pool of pools) await pool.stop()
    try {
      execFileSync('tmux', ['-S', socket, 'kill-server'], { stdio: 'ignore' })
    } catch {
      // No session was created, so no server runs.
    }
    rmSync(directory, { recursive: true, force: true })
  })
  const tmux = tmuxAt(socket)
  return {
    tmux,
    async start() {
      const pool = await make(tmux, directory)
      pools.push(pool)
      return pool
    },
  }
}

const before = () => place(async (tmux) => new InMemoryPool(tmux))
const after = () =>
  place((tmux, directory) =>
    KeptPool.start(tmux, { store: 'file', stores: { file: { directory: join(directory, 'sessions') } } }),
  )

describe.each([
  ['before', before],
  ['after', after],
])('the pool %s the move', (_which, make) => {
  it('creates a session once, and returns it from then on', async () => {
    const { tmux, start } = make()
    const pool = await start()
    expect(await pool.getOrCreateSession('docs')).toMatchObject({ workspace: 'docs', totalRequests: 0, status: 'idle' })
    await pool.getOrCreateSession('docs')
    expect((await tmux.sessions()).map(({ name }) => name)).toEqual(['claude-docs'])
    expect(pool.listSessions()).toHaveLength(1)
  })

  it('counts requests, and is idle when the last one has ended', async () => {
    const pool = await make().start()
    await pool.getOrCreateSession('docs')
    expect([pool.trackRequestStart('docs'), pool.trackRequestStart('docs')]).toEqual([true, true])
    expect(pool.getSession('docs')).toMatchObject({ totalRequests: 2, status: 'active' })
    pool.trackRequestComplete('docs')
    expect(pool.getSession('docs')).toMatchObject({ status: 'active' })
    pool.trackRequestComplete('docs')
    expect(pool.getSession('docs')).toMatchObject({ totalRequests: 2, status: 'idle' })
  })

  it('says false for a workspace without a session', async () => {
    const pool = await make().start()
    expect([pool.trackRequestStart('none'), pool.trackRequestComplete('none')]).toEqual([false, false])
    expect(pool.getSession('none')).toBeUndefined()
  })

  it('ends a session that is deleted', async () => {
    const { tmux, start } = make()
    const pool = await start()
    await pool.getOrCreateSession('docs')
    await pool.deleteSession('docs')
    expect([pool.listSessions(), await tmux.sessions()]).toEqual([[], []])
  })
})

describe('the host of the wrapper', () => {
  const stamp = { workspace: 'docs', pool: 'claude-', createdAt: 0 }

  it('starts a command that is given as words, each of them as it is', async () => {
    const { tmux } = after()
    const host = hostOf(tmux)
    await host.create('claude-words', {
      ...stamp,
      command: ['sh', '-c', 'printf "<%s>" "$@"; exec sleep 600', 'sh', "it's", '$HOME *'],
    })
    await expect.poll(() => tmux.screen('claude-words'), { timeout: 30_000 }).toMatch(/^<it's><\$HOME \*>$/m)
  })

  it('refuses a directory and variables, which the wrapper would not use', async () => {
    const host = hostOf(after().tmux)
    await expect(host.create('claude-docs', { ...stamp, cwd: '/tmp' })).rejects.toMatchObject({ code: 'HOST_REFUSED' })
    await expect(host.create('claude-docs', { ...stamp, env: { A: '1' } })).rejects.toMatchObject({
      code: 'HOST_REFUSED',
    })
    expect(await host.list()).toEqual([])
  })
})

describe('a restart of the gateway', () => {
  it('lost before the move what the pool knew, and the session was in its way', async () => {
    const { start } = before()
    const pool = await start()
    await pool.getOrCreateSession('docs')
    await pool.stop()
    const next = await start()
    expect(next.getSession('docs')).toBeUndefined()
    await expect(next.getOrCreateSession('docs')).rejects.toThrow('duplicate session')
  })

  it('changes nothing after the move', async () => {
    const { tmux, start } = after()
    const pool = await start()
    await pool.getOrCreateSession('docs')
    pool.trackRequestStart('docs')
    pool.trackRequestComplete('docs')
    const known = pool.getSession('docs')
    await pool.stop()
    const next = await start()
    const { workspace, createdAt, lastActivityAt, totalRequests, status } = known ?? {}
    expect(next.getSession('docs')).toMatchObject({ workspace, createdAt, lastActivityAt, totalRequests, status })
    await next.getOrCreateSession('docs')
    expect(await tmux.sessions()).toHaveLength(1)
  })
})
