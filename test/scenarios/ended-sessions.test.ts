import type { PoolEvents, SessionPool } from '@sessionkeep/core'
import { describe, expect, test, vi } from 'vitest'
import { fixture } from './fixture.ts'

type Gone = PoolEvents<Record<string, unknown>>['session:gone']

/** A command that says `ready`, waits for a line, and then runs `last`. */
const onEnter = (last: string) => ['sh', '-c', `echo ready; read -r line; ${last}`]
const ENDS = [
  ['exit0', 'exit 0', { cause: 'exited', exitCode: 0 }],
  ['exit1', 'exit 1', { cause: 'exited', exitCode: 1 }],
  ['missing', 'exec no-such-agent', { cause: 'exited', exitCode: 127 }],
  ['killed', 'kill -KILL $$', { cause: 'exited', signal: 9 }],
  ['crashed', 'kill -SEGV $$', { cause: 'exited', signal: 11 }],
] as const
const byWorkspace = (told: Gone[]) =>
  Object.fromEntries(
    told.map(({ session: { workspace, ended } }) => {
      const { cause, exitCode, signal } = ended ?? {}
      return [workspace, JSON.parse(JSON.stringify({ cause, exitCode, signal }))]
    }),
  )
/** What a program writes right before its end may not reach tmux, so it is told to end once its screen was seen. */
const untilReady = (pool: Pick<SessionPool, 'capture'>, workspace: string) =>
  vi.waitFor(async () => expect(await pool.capture(workspace)).toContain('ready'), 30_000)
const expected = Object.fromEntries(ENDS.map(([workspace, , facts]) => [workspace, facts]))

describe('how sessions ended', () => {
  test('is told and stored while the gateway runs, also when one is killed by hand', async () => {
    const { pool, server, read } = fixture()
    const one = pool()
    const told: Gone[] = []
    one.on('session:gone', (event) => told.push(event))
    await one.start()
    await one.getOrCreateSession('other', { command: 'cat' })
    await one.getOrCreateSession('byhand', { command: 'cat' })
    for (const [workspace, last] of ENDS) await one.getOrCreateSession(workspace, { command: onEnter(last) })
    for (const [workspace] of ENDS) await untilReady(one, workspace)
    for (const [workspace] of ENDS) await one.sendKeys(workspace, ['Enter'])
    await server.tmux('kill-session', '-t', '=claude-byhand')
    await vi.waitFor(() => expect(told).toHaveLength(ENDS.length + 1), 30_000)
    expect(byWorkspace(told)).toEqual({ ...expected, byhand: { cause: 'killed' } })
    await vi.waitFor(async () => expect(await server.tmux('list-sessions', '-F', '#S')).toBe('claude-other'), 30_000)
    expect(read('claude-crashed')).toMatchObject({ ended: { cause: 'exited', signal: 11, screen: 'ready' } })
  })

  test('is told and stored by the next gateway when none ran', async () => {
    const { pool, server, read } = fixture()
    const one = pool()
    await one.start()
    await one.getOrCreateSession('other', { command: 'cat' })
    for (const [workspace, last] of ENDS) await one.getOrCreateSession(workspace, { command: onEnter(last) })
    for (const [workspace] of ENDS) await untilReady(one, workspace)
    await one.withRequest('exit1', () => undefined)
    await one.stop()
    for (const [workspace] of ENDS) await server.tmux('send-keys', '-t', `=claude-${workspace}:`, 'Enter')
    await vi.waitFor(async () =>
      expect(await server.tmux('list-panes', '-a', '-F', '#{pane_dead}')).toBe('1\n1\n1\n1\n1\n0'),
    )
    const two = pool()
    const told: Gone[] = []
    two.on('session:gone', (event) => told.push(event))
    await two.start()
    await vi.waitFor(() => expect(told).toHaveLength(ENDS.length))
    expect(byWorkspace(told)).toEqual(expected)
    await vi.waitFor(async () => expect(await server.tmux('list-sessions', '-F', '#S')).toBe('claude-other'), 30_000)
    expect(read('claude-exit1')).toMatchObject({ totalRequests: 1, ended: { exitCode: 1, screen: 'ready' } })
  })

  test('is noticed without waiting for the next poll, and none of fifty is handed out afterwards', async () => {
    const { pool, server } = fixture()
    const one = pool({ livenessIntervalMs: 3_600_000, maxSessions: 100 })
    const told = new Set<string>()
    one.on('session:gone', ({ session }) => told.add(session.workspace))
    await one.start()
    await one.getOrCreateSession('other', { command: 'cat' })
    const workspaces = Array.from({ length: 50 }, (_, at) => `w${at}`)
    const former = new Map<string, string | undefined>()
    for (const workspace of workspaces) {
      const { incarnation } = await one.getOrCreateSession(workspace, { command: ['sh', '-c', 'read -r line; exit 5'] })
      former.set(workspace, incarnation)
    }
    for (const workspace of workspaces) await server.tmux('send-keys', '-t', `=claude-${workspace}:`, 'Enter')
    await vi.waitFor(() => expect(told.size).toBe(50), 20_000)
    for (const workspace of workspaces.slice(0, 5)) {
      const again = await one.getOrCreateSession(workspace, { command: 'cat' })
      expect(again).toMatchObject({ created: true })
      expect(again.incarnation).not.toBe(former.get(workspace))
    }
  })

  test('is the reason of the error when the command of a new session ends at once', async () => {
    const { pool, server } = fixture()
    const one = pool()
    await one.start()
    for (const command of [['no-such-agent', '--resume'], 'exec no-such-agent']) {
      // tmux can notice the end before it has read the last output, which is lost then.
      const isTold = () =>
        expect(one.getOrCreateSession('a', { command })).rejects.toMatchObject({
          code: 'SESSION_NOT_READY',
          context: { exitCode: 127, screen: expect.stringContaining('not found') },
        })
      await vi.waitFor(isTold, 30_000)
    }
    await vi.waitFor(async () => expect(await server.tmux('list-sessions').catch(() => '')).toBe(''), 30_000)
  })
})
