import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, lchownSync, mkdirSync, mkdtempSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tmuxHost } from '@sessionkeep/tmux'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { privateServer, stamps } from './support/private-server.ts'

const NOBODY = 65534
const isRoot = process.geteuid?.() === 0
const refused = (words: string) => ({ code: 'HOST_UNAVAILABLE', message: expect.stringContaining(words) })

afterEach(() => {
  vi.unstubAllEnvs()
})

/** Runs tmux as another user, with the given socket. */
function asNobody(socketPath: string, ...args: string[]): string {
  const who = ['--reuid', `${NOBODY}`, '--regid', `${NOBODY}`, '--clear-groups']
  const { stdout } = spawnSync('setpriv', [...who, 'tmux', '-u', '-f', '/dev/null', '-S', socketPath, ...args], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: '/', SHELL: '/bin/sh', TERM: 'xterm' },
  })
  return stdout
}

describe.skipIf(!isRoot)('a tmux server of another user that is there first (needs root)', () => {
  test.each([0o1777, 0o755])('gets no command and no text; mode of its directory %o', async (mode) => {
    const { directory, socketPath } = privateServer()
    chmodSync(directory, 0o1777)
    asNobody(socketPath, 'new-session', '-d', '-s', 'theirs', 'cat')
    onTestFinished(() => {
      asNobody(socketPath, 'kill-server')
    })
    chmodSync(directory, mode)
    chmodSync(socketPath, 0o777)
    asNobody(socketPath, 'server-access', '-a', 'root')
    const host = tmuxHost({ socketPath })
    await expect(host.list()).rejects.toMatchObject(refused("may be another user's"))
    await expect(host.create('docs', { ...stamps, command: 'cat' })).rejects.toMatchObject(
      refused("may be another user's"),
    )
    await expect(host.tmux(['list-sessions'])).rejects.toMatchObject(refused("may be another user's"))
    expect(asNobody(socketPath, 'list-sessions', '-F', '#{session_name}')).toBe('theirs\n')
  })
})

test('a socket is not used in a directory where everybody could make it first', async () => {
  const { directory, socketPath } = privateServer()
  for (const mode of [0o777, 0o1777]) {
    chmodSync(directory, mode)
    await expect(tmuxHost({ socketPath }).list()).rejects.toMatchObject(
      refused(`${directory} can be written to by every user`),
    )
  }
})

test('a socket of ours is used in a directory where only its owner can replace it', async () => {
  const server = privateServer()
  await server.host().create('a', stamps)
  chmodSync(server.directory, 0o1777)
  expect(await tmuxHost({ socketPath: server.socketPath }).list()).toHaveLength(1)
  chmodSync(server.directory, 0o777)
  await expect(tmuxHost({ socketPath: server.socketPath }).list()).rejects.toMatchObject(refused('by every user'))
})

test('a link in place of the socket is not followed', async () => {
  const server = privateServer()
  await server.host().create('a', stamps)
  const link = join(server.directory, 'link')
  symlinkSync(server.socketPath, link)
  await expect(tmuxHost({ socketPath: link }).list()).rejects.toMatchObject(refused('is a symbolic link'))
})

test.skipIf(!isRoot)('a socket below a directory or link of another user is not used (needs root)', async () => {
  const { directory } = privateServer()
  mkdirSync(join(directory, 'ours'), { mode: 0o700 })
  symlinkSync('ours', join(directory, 'link'))
  lchownSync(join(directory, 'link'), NOBODY, NOBODY)
  await expect(tmuxHost({ socketPath: join(directory, 'link/s') }).list()).rejects.toMatchObject(
    refused(`belongs to user ${NOBODY}`),
  )
  chownSync(directory, NOBODY, NOBODY)
  await expect(tmuxHost({ socketPath: join(directory, 'ours/s') }).list()).rejects.toMatchObject(
    refused(`belongs to user ${NOBODY}`),
  )
})

test.skipIf(!isRoot)('the directory in TMUX_TMPDIR must not be of another user (needs root)', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'skt-'))
  onTestFinished(() => {
    execFileSync('rm', ['-rf', directory])
  })
  vi.stubEnv('TMUX_TMPDIR', directory)
  chmodSync(directory, 0o1777)
  const host = tmuxHost({ socketName: 'gateway' })
  expect(await host.list()).toEqual([])
  chownSync(directory, NOBODY, NOBODY)
  await expect(host.list()).rejects.toMatchObject(refused(`${directory} belongs to user ${NOBODY}`))
})
