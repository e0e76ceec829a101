import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileStore } from '@sessionkeep/store-file'
import { tmuxStore } from '@sessionkeep/tmux'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { fixture, memoryOf } from './fixture.ts'

function freshDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'sks-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** Pools with records in files, mirrored in the tmux sessions. */
function mirrored(more: { maxBytes?: number } = {}) {
  const { server, directory, pool, read } = fixture()
  const mirror = () => [tmuxStore({ socketPath: server.socketPath, ...more })]
  const inFiles = (options: Parameters<typeof pool>[0] = {}, where = directory) =>
    pool({ ...options, metadata: { store: fileStore({ directory: where }), mirror: mirror(), ...options.metadata } })
  const inSessions = (options: Parameters<typeof pool>[0] = {}) =>
    pool({ ...options, metadata: { store: tmuxStore({ host: server.host() }), ...options.metadata } })
  return { server, directory, read, inFiles, inSessions }
}

type Pool = ReturnType<ReturnType<typeof mirrored>['inFiles']>

async function used(pool: Pool, counts: Readonly<Record<string, number>>): Promise<void> {
  for (const [workspace, requests] of Object.entries(counts)) {
    await pool.getOrCreateSession(workspace)
    for (let n = 0; n < requests; n += 1) {
      pool.trackRequestStart(workspace)
      pool.trackRequestComplete(workspace)
    }
    pool.setAttributes(workspace, { chat: `é ${workspace}'"#{pid}$(id)` })
  }
}

/** Whether everything is written, and no store has an error. */
const settled = (pool: Pool) =>
  vi.waitFor(() => {
    const { stores, saved, sessions, effective } = pool.persistence()
    expect({ dirty: stores.map(({ dirty }) => dirty), saved, reason: effective.reason }).toEqual({
      dirty: stores.map(() => 0),
      saved: sessions,
      reason: 'ok',
    })
  })

const names = (pool: Pool) => pool.listSessions().map(({ workspace }) => workspace)

describe('a session that carries its own metadata', () => {
  test('restores every count, time and attribute after a restart without the disk', async () => {
    const { directory, inFiles } = mirrored()
    const one = inFiles()
    await one.start()
    await used(one, { a: 3, b: 41, c: 0 })
    one.setDraining('c', true)
    await settled(one)
    const before = one.listSessions()
    await one.stop()
    rmSync(directory, { recursive: true })
    const two = inFiles({}, freshDirectory())
    await two.start()
    for (const view of before) {
      expect(memoryOf(two.getSession(view.workspace))).toEqual(memoryOf(view))
      expect(two.getSession(view.workspace)?.attributes).toEqual(view.attributes)
    }
    await settled(two)
    await two.stop()
    // The new disk has the records, too, so the sessions are no longer needed for them.
    const three = inFiles({ metadata: { mirror: [] } }, directory)
    await three.start()
    expect(names(three).sort()).toEqual(['a', 'b', 'c'])
  })

  test('continues its counts when the disk is lost while the pool runs', async () => {
    const { directory, inFiles } = mirrored()
    const one = inFiles()
    await one.start()
    await used(one, { a: 10 })
    await settled(one)
    rmSync(directory, { recursive: true })
    await used(one, { a: 5 })
    await vi.waitFor(() => expect(one.persistence().effective.stores).toEqual(['tmux']))
    expect(await one.saveSessionMetadata('a')).toMatchObject({ stores: ['tmux'], durability: 'process' })
    await one.stop({ timeoutMs: 500 })
    const two = inFiles({}, freshDirectory())
    await two.start()
    expect(two.getSession('a')).toMatchObject({ totalRequests: 15, origin: 'stored' })
  })

  test('keeps it when it is renamed by hand while no pool runs, without another store', async () => {
    const { server, inSessions } = mirrored()
    const one = inSessions()
    await one.start()
    await used(one, { a: 7, b: 2 })
    await settled(one)
    await one.stop()
    await server.tmux('rename-session', '-t', '=claude-a', 'claude-z')
    await server.tmux('rename-session', '-t', '=claude-b', 'claude-a')
    const two = inSessions()
    await two.start()
    expect(two.getSession('a')).toMatchObject({ sessionName: 'claude-z', totalRequests: 7 })
    expect(two.getSession('b')).toMatchObject({ sessionName: 'claude-a', totalRequests: 2 })
    two.trackRequestStart('a')
    await settled(two)
    await server.tmux('rename-session', '-t', '=claude-z', 'claude-y')
    await vi.waitFor(() => expect(two.getSession('a')?.sessionName).toBe('claude-y'))
    await settled(two)
  })

  test('loses it with its tmux server; the other store keeps its record, and a new session inherits nothing', async () => {
    const { server, inFiles, read } = mirrored()
    const one = inFiles()
    await one.start()
    await used(one, { a: 9 })
    await settled(one)
    process.kill(await server.pid(), 'SIGKILL')
    await vi.waitFor(() => expect(names(one)).toEqual([]))
    await vi.waitFor(() => expect(read('claude-a')).toMatchObject({ totalRequests: 9, expiresAt: expect.any(Number) }))
    // No record of an ended session is dirty.
    await settled(one)
    await one.getOrCreateSession('a')
    expect(one.getSession('a')).toMatchObject({ totalRequests: 0 })
    await settled(one)
  })

  test('that has ended leaves a record in one store, and the other store is not retried', async () => {
    const { server, inFiles, read } = mirrored()
    const one = inFiles()
    await one.start()
    await used(one, { a: 4, b: 1 })
    await settled(one)
    await server.tmux('kill-session', '-t', '=claude-a')
    await vi.waitFor(() => expect(names(one)).toEqual(['b']))
    await vi.waitFor(() => expect(read('claude-a')).toMatchObject({ totalRequests: 4 }))
    await settled(one)
    await one.deleteSession('b')
    await settled(one)
  })

  test('does not carry metadata that is too large; the other store has it, the log has the reason, requests go on', async () => {
    const { inFiles, read } = mirrored({ maxBytes: 2000 })
    const one = inFiles()
    await one.start()
    await used(one, { a: 1, b: 1 })
    one.setAttributes('a', { long: 'x'.repeat(5000) })
    await vi.waitFor(() => expect(read('claude-a')).toMatchObject({ attributes: { long: 'x'.repeat(5000) } }))
    expect(await one.saveSessionMetadata('a')).toMatchObject({ stores: ['file'] })
    expect(one.trackRequestStart('a')).toBe(true)
    await vi.waitFor(() =>
      expect(one.lines).toContainEqual({
        level: 'warn',
        message: 'Failed to save session metadata',
        fields: expect.objectContaining({ workspace: 'a', store: 'tmux', code: 'STORE_RECORD_INVALID' }),
      }),
    )
    await vi.waitFor(() => expect(one.getSession('a')).toMatchObject({ saved: true }))
    // The other sessions are written meanwhile, and this one as soon as its metadata fits again.
    one.setAttributes('b', { more: true })
    const waiting = () => one.persistence().stores.find(({ store }) => store === 'tmux')?.dirty
    await vi.waitFor(() => expect(waiting()).toBe(1))
    one.setAttributes('a', { long: undefined })
    await settled(one)
  })
})

describe('two pools with records in the sessions of one tmux server', () => {
  test.each([
    ['different prefixes', { sessionPrefix: 'one-' }, { sessionPrefix: 'two-' }],
    ['different poolIds', { sessionPrefix: 'one-', poolId: 'p1' }, { sessionPrefix: 'two-', poolId: 'p2' }],
  ])('with %s: neither pool reads, overwrites or removes the records of the other', async (_, first, second) => {
    const { inSessions } = mirrored()
    const [one, two] = [inSessions(first), inSessions(second)]
    await Promise.all([one.start(), two.start()])
    await used(one, { x: 3, y: 4 })
    await used(two, { x: 5, w: 6 })
    await settled(one)
    await settled(two)
    await one.deleteSession('y')
    await Promise.all([one.stop(), two.stop()])
    const [again, other] = [inSessions(first), inSessions(second)]
    await Promise.all([again.start(), other.start()])
    expect(again.listSessions().map(({ workspace, totalRequests }) => [workspace, totalRequests])).toEqual([['x', 3]])
    expect(other.getSession('x')).toMatchObject({ totalRequests: 5 })
    expect(other.getSession('w')).toMatchObject({ totalRequests: 6 })
  })
})
