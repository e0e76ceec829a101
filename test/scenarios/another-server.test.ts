import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { tmuxHost } from '@sessionkeep/tmux'
import { describe, expect, onTestFinished, test } from 'vitest'
import { privateServer } from '../../packages/tmux/test/support/private-server.ts'
import { fixture, memoryOf } from './fixture.ts'

const kept = { totalRequests: 42, attributes: { chat: 'c-1' } }

/** A pool that has used the session `a` on its server, and was stopped. */
async function usedSession() {
  const { pool, server, directory, read } = fixture()
  const one = pool()
  await one.start()
  await one.getOrCreateSession('a', { command: 'cat' })
  for (let i = 0; i < 42; i += 1) await one.withRequest('a', () => undefined)
  one.setAttributes('a', { chat: 'c-1' })
  const before = one.getSession('a')
  await one.stop()
  return { pool, server, directory, read, before }
}

describe('a gateway that starts with another tmux server', () => {
  test('leaves the record of the living session alone, says where it is, and refuses to create a second one', async () => {
    const { pool, server, read, before } = await usedSession()
    const record = read('claude-a')
    const other = privateServer()
    const two = pool({ host: other.host() })
    await two.start()
    await expect(two.getOrCreateSession('a', { command: 'cat' })).rejects.toMatchObject({
      code: 'SESSION_ELSEWHERE',
      message: expect.stringContaining(server.socketPath),
    })
    expect(two.lines.filter(({ message }) => message.startsWith('A session lives where'))).toHaveLength(1)
    await two.stop()
    expect(read('claude-a')).toEqual(record)
    const three = pool()
    await three.start()
    expect(three.getSession('a')).toMatchObject(kept)
    expect(memoryOf(three.getSession('a'))).toEqual(memoryOf(before))
  })

  test('uses the workspace once that server has ended', async () => {
    const { pool, server } = await usedSession()
    await server.tmux('kill-server')
    const two = pool({ host: privateServer().host() })
    await two.start()
    expect(await two.getOrCreateSession('a', { command: 'cat' })).toMatchObject({ created: true })
  })

  test('refuses to create a second session when the socket was removed, and recovers the first when it is back', async () => {
    const { pool, server, before } = await usedSession()
    const pid = await server.pid()
    rmSync(server.socketPath)
    const two = pool()
    await two.start()
    await expect(two.getOrCreateSession('a', { command: 'cat' })).rejects.toMatchObject({
      code: 'SESSION_ELSEWHERE',
      message: expect.stringContaining(`kill -USR1 ${pid}`),
    })
    process.kill(pid, 'SIGUSR1')
    await expect.poll(() => two.getOrCreateSession('a').catch(() => undefined), { timeout: 20_000 }).toMatchObject(kept)
    expect(memoryOf(two.getSession('a'))).toEqual(memoryOf(before))
  })

  test('does the same under another TMUX_TMPDIR with all defaults', async () => {
    const { pool, directory, read } = fixture()
    const before = process.env.TMUX_TMPDIR
    onTestFinished(() => {
      if (before === undefined) delete process.env.TMUX_TMPDIR
      else process.env.TMUX_TMPDIR = before
    })
    const under = (name: string) => {
      process.env.TMUX_TMPDIR = join(directory, name)
      mkdirSync(process.env.TMUX_TMPDIR, { recursive: true })
      const host = tmuxHost({ configFile: '/dev/null' })
      const place = process.env.TMUX_TMPDIR
      return {
        host,
        async end() {
          process.env.TMUX_TMPDIR = place
          await host.tmux(['kill-server']).catch(() => undefined)
        },
      }
    }
    const [a, b] = [under('A'), under('B')]
    onTestFinished(a.end)
    onTestFinished(b.end)
    process.env.TMUX_TMPDIR = join(directory, 'A')
    const one = pool({ host: a.host })
    await one.start()
    await one.getOrCreateSession('docs', { command: 'cat' })
    await one.withRequest('docs', () => undefined)
    await one.stop()
    process.env.TMUX_TMPDIR = join(directory, 'B')
    const two = pool({ host: b.host })
    await two.start()
    await expect(two.getOrCreateSession('docs')).rejects.toMatchObject({ code: 'SESSION_ELSEWHERE' })
    await two.stop()
    expect(read('claude-docs')).toMatchObject({ totalRequests: 1 })
  })

  test('and while another gateway writes to the same files: serves its own sessions, and says that it needs a poolId', async () => {
    const { pool, read } = fixture()
    const one = pool()
    await one.start()
    await one.getOrCreateSession('a', { command: 'cat' })
    await one.withRequest('a', () => undefined)
    await one.saveSessionMetadata('a')
    const record = read('claude-a')
    const host = privateServer().host()
    const two = pool({ host })
    await two.start()
    expect(two.persistence().effective).toMatchObject({ stores: ['memory'], reason: 'locked' })
    expect(two.lines.find(({ fields }) => fields.code === 'STORE_LOCKED')?.fields.err).toMatchObject({
      message: expect.stringMatching(/process \d+ .*give each a poolId of its own/),
    })
    await expect(two.getOrCreateSession('a')).rejects.toMatchObject({ code: 'SESSION_ELSEWHERE' })
    await two.getOrCreateSession('b', { command: 'cat' })
    expect(await two.withRequest('b', ({ workspace }) => workspace)).toBe('b')
    await two.stop()
    expect(read('claude-a')).toEqual(record)

    const three = pool({ host, poolId: 'second' })
    await three.start()
    await three.getOrCreateSession('a', { command: 'cat' })
    await three.withRequest('a', () => undefined)
    await expect(three.saveSessionMetadata('a')).resolves.toMatchObject({ stores: [expect.anything()] })
    expect(read('claude-a')).toEqual(record)
    expect(await one.withRequest('a', ({ totalRequests }) => totalRequests)).toBe(2)
  })
})
