import { execFileSync } from 'node:child_process'
import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { byHand, fixture } from './fixture.ts'

describe('a record file that is no record', () => {
  const contents: Array<[string, string | Buffer]> = [
    ['empty', ''],
    ['truncated', JSON.stringify(byHand('claude-bad')).slice(0, 60)],
    ['not JSON', 'hello'],
    ['full of NULs', Buffer.alloc(512)],
    ['an array', '[]'],
    ['10 MB', `"${'x'.repeat(10_000_000)}"`],
    ['deeper than can be walked', `${'['.repeat(1e5)}${']'.repeat(1e5)}`],
    ['with a negative count', JSON.stringify(byHand('claude-bad', { totalRequests: -5 }))],
    ['with an unknown status', JSON.stringify(byHand('claude-bad', { status: 'asleep' }))],
    ['of another session', JSON.stringify(byHand('claude-other'))],
  ]
  test.each(contents)(
    '%s is set aside with a warning; its session gets defaults, and the other records are recovered',
    async (_, content) => {
      const { pool, server, directory, path, read, write } = fixture()
      for (const name of ['claude-bad', 'claude-good']) await server.tmux('new-session', '-d', '-s', name)
      write('claude-good', byHand('claude-good'))
      writeFileSync(path('claude-bad'), content)
      const one = pool()
      await one.start()
      expect(one.getSession('good')).toMatchObject({ totalRequests: 42 })
      expect(one.getSession('bad')).toMatchObject({ totalRequests: 0 })
      expect(one.lines).toContainEqual(
        expect.objectContaining({
          level: 'warn',
          message: 'Failed to load session metadata',
          fields: expect.objectContaining({ workspace: 'bad', code: 'STORE_RECORD_UNREADABLE' }),
        }),
      )
      await one.saveSessionMetadata('bad')
      expect(read('claude-bad')).toMatchObject({ workspace: 'bad', totalRequests: 0 })
      const aside = readdirSync(directory).find((name) => name.startsWith('claude-bad.json.corrupt-'))
      expect(readFileSync(join(directory, aside ?? '')).equals(Buffer.from(content))).toBe(true)
    },
  )

  test('that is a FIFO or a symlink blocks nothing, and the target is untouched', async () => {
    const { pool, server, directory, path, write } = fixture()
    for (const name of ['claude-fifo', 'claude-link', 'claude-dir', 'claude-good'])
      await server.tmux('new-session', '-d', '-s', name)
    execFileSync('mkfifo', [path('claude-fifo')])
    const target = join(directory, 'target.txt')
    writeFileSync(target, JSON.stringify(byHand('claude-link')))
    symlinkSync(target, path('claude-link'))
    mkdirSync(path('claude-dir'))
    write('claude-good', byHand('claude-good'))
    const one = pool()
    await one.start()
    expect(one.getSession('good')).toMatchObject({ totalRequests: 42 })
    for (const workspace of ['fifo', 'link', 'dir']) {
      expect(one.getSession(workspace)).toMatchObject({ totalRequests: 0 })
      await one.saveSessionMetadata(workspace)
      expect(lstatSync(path(`claude-${workspace}`)).isFile()).toBe(true)
    }
    expect(JSON.parse(readFileSync(target, 'utf8'))).toMatchObject({ totalRequests: 42 })
  })

  test('of a newer schema stays unchanged, and the session is served', async () => {
    const { pool, server, path } = fixture()
    await server.tmux('new-session', '-d', '-s', 'claude-new')
    const content = JSON.stringify(byHand('claude-new', { schemaVersion: 7 }))
    writeFileSync(path('claude-new'), content)
    const one = pool()
    await one.start()
    expect(one.trackRequestStart('new')).toBe(true)
    await expect(one.saveSessionMetadata('new')).rejects.toMatchObject({ code: 'STORE_RECORD_NEWER' })
    await one.stop()
    expect(readFileSync(path('claude-new'), 'utf8')).toBe(content)
  })

  test('with a createdAt in the future is recovered, with the createdAt of the host', async () => {
    const { pool, server, write } = fixture()
    await server.tmux('new-session', '-d', '-s', 'claude-soon')
    const future = Date.now() + 1e9
    write('claude-soon', byHand('claude-soon', { createdAt: future }))
    const one = pool()
    await one.start()
    const [listed] = await server.host().list()
    expect(one.getSession('soon')).toMatchObject({ totalRequests: 42, createdAt: listed?.createdAt })
    expect(listed?.createdAt).not.toBe(future)
  })
})
