import { existsSync } from 'node:fs'
import type { SessionHost } from '@sessionkeep/core'
import { describe, expect, test, vi } from 'vitest'
import { byHand, fixture, memoryOf } from './fixture.ts'
import { gateway } from './gateway.ts'

describe('(1) a session of one pool is known to the next', () => {
  test('after the first pool has stopped', async () => {
    const { pool, server } = fixture()
    const first = pool()
    await first.start()
    await first.getOrCreateSession('test-workspace')
    for (let i = 0; i < 3; i += 1) await first.withRequest('test-workspace', () => undefined)
    const before = memoryOf(first.getSession('test-workspace'))
    await first.stop()
    expect(await server.tmux('list-sessions', '-F', '#{session_name}')).toBe('claude-test-workspace')
    const second = pool()
    await second.start()
    expect(memoryOf(second.getSession('test-workspace'))).toEqual(before)
    expect(before).toMatchObject({ totalRequests: 3, status: 'idle' })
    expect(second.lines).toContainEqual({
      level: 'info',
      fields: { workspace: 'test-workspace', sessionName: 'claude-test-workspace', recovered: true },
      message: 'Session discovered with metadata',
    })
  })

  test('after a SIGKILL, up to the flush interval, and exactly after saveSessionMetadata', async () => {
    const { pool, directory, server } = fixture()
    const process = await gateway({ directory, socketPath: server.socketPath, flushIntervalMs: 200 })
    const saved = await process.call('saved', 5)
    const flushed = await process.call('flushed', 7)
    const unsaved = await process.call('unsaved', 4)
    await process.kill()
    const second = pool()
    await second.start()
    expect(memoryOf(second.getSession('saved'))).toEqual(memoryOf(saved))
    expect(memoryOf(second.getSession('flushed'))).toEqual(memoryOf(flushed))
    expect(second.getSession('unsaved')).toMatchObject({ createdAt: unsaved.createdAt })
    expect(second.getSession('unsaved')?.totalRequests).toBeLessThanOrEqual(4)
  })

  test('while the first pool still runs: the second serves with the reason locked, and attaches when the lock is free', async () => {
    const { pool, read } = fixture()
    const first = pool()
    await first.start()
    await first.getOrCreateSession('a')
    first.trackRequestStart('a')
    await first.saveSessionMetadata('a')
    const second = pool()
    await second.start()
    expect(memoryOf(second.getSession('a'))).toEqual(memoryOf(first.getSession('a')))
    expect(second.persistence().effective).toMatchObject({ stores: ['memory'], reason: 'locked' })
    await expect(second.saveSessionMetadata('a')).rejects.toMatchObject({ code: 'STORE_LOCKED', retryable: true })
    second.trackRequestStart('a')
    first.trackRequestStart('a')
    await first.stop()
    await vi.waitFor(() => expect(second.persistence().effective.reason).toBe('ok'))
    await vi.waitFor(() => expect(read('claude-a')).toMatchObject({ totalRequests: 3 }))
    expect(second.getSession('a')?.totalRequests).toBe(3)
  })
})

test('(2) a metadata file written by hand for a live session is recovered', async () => {
  const { pool, server, write, read } = fixture()
  await server.tmux('new-session', '-d', '-s', 'claude-test-workspace')
  write('claude-test-workspace', { ...byHand('claude-test-workspace'), note: 'kept' })
  const second = pool()
  await second.start()
  expect(second.getSession('test-workspace')).toMatchObject({
    createdAt: 1_600_000_000_000,
    totalRequests: 42,
    lastActivityAt: 1_600_000_500_000,
    status: 'idle',
    origin: 'stored',
  })
  expect(second.lines.filter(({ level }) => level === 'warn')).toEqual([])
  second.trackRequestStart('test-workspace')
  await second.saveSessionMetadata('test-workspace')
  expect(read('claude-test-workspace')).toMatchObject({ totalRequests: 43, createdAt: 1_600_000_000_000, note: 'kept' })
})

test('(3) a live session without a file gets defaults, no requests, and a warning', async () => {
  const { pool, server } = fixture()
  await server.tmux('new-session', '-d', '-s', 'claude-bare')
  const made = Number(await server.tmux('display-message', '-p', '-t', '=claude-bare:', '#{session_created}')) * 1000
  const second = pool()
  await second.start()
  expect(second.getSession('bare')).toMatchObject({ totalRequests: 0, status: 'idle', createdAt: made, origin: 'host' })
  expect(second.lines).toContainEqual(
    expect.objectContaining({
      level: 'warn',
      fields: expect.objectContaining({ workspace: 'bare', recovered: false }),
      message: 'Session discovered without metadata - using defaults',
    }),
  )
})

describe('(4) the file', () => {
  test('exists after getOrCreateSession, and is removed with the session', async () => {
    const { pool, path, read, server } = fixture()
    const one = pool()
    await one.start()
    await one.getOrCreateSession('test-workspace')
    expect(read('claude-test-workspace')).toMatchObject({
      sessionName: 'claude-test-workspace',
      workspace: 'test-workspace',
      totalRequests: 0,
    })
    await one.deleteSession('test-workspace')
    expect(existsSync(path('claude-test-workspace'))).toBe(false)
    await expect(server.tmux('has-session', '-t', '=claude-test-workspace')).rejects.toThrow()
  })

  test('stays when the session could not be killed', async () => {
    const { pool, path, server } = fixture()
    const real = server.host()
    const host: SessionHost = { ...real, kill: () => Promise.reject(new Error('no')) }
    const one = pool({ host })
    await one.start()
    await one.getOrCreateSession('a')
    await expect(one.deleteSession('a')).rejects.toThrow('no')
    expect(existsSync(path('claude-a'))).toBe(true)
    expect(one.getSession('a')).toBeDefined()
  })
})
