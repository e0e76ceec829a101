import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { HostSession } from '@sessionkeep/contracts/host'
import type { Exec } from '@sessionkeep/tmux'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { execaExec } from '../src/execa-exec.ts'
import { createStamps, STAMP_OPTION } from '../src/stamp.ts'
import { keyOf, readStampKey } from '../src/stamp-key.ts'
import { eventually, type PrivateServer, privateServer, stamps } from './support/private-server.ts'

const NOT_SIGNED = 'it is not signed with the key of this host, so the key was changed or the stamp is forged'
const forgedPanes = createStamps(keyOf('the key of somebody else'))
const base64 = (content: unknown): string => Buffer.from(JSON.stringify(content)).toString('base64url')

/** Two sessions of a pool: `victim`, and `liar`, whose program sets options of its own session and pane. */
async function liarAndVictim() {
  const server = privateServer()
  const host = server.host({ submitDelayMs: 0 })
  const victim = await host.create('victim', { ...stamps, workspace: 'victim', command: 'cat' })
  const liar = await host.create('liar', { ...stamps, workspace: 'liar', command: 'cat' })
  const idOf = ({ incarnation = '' }: HostSession): string => incarnation.split('.')[2] ?? ''
  const paneOf = (name: string) => server.tmux('display-message', '-p', '-t', `=${name}:`, '#{pane_id}')
  return { server, host, victim, liar, idOf, paneOf }
}

const setBoth = async (server: PrivateServer, name: string, text: string) => {
  await server.tmux('set-option', '-t', `=${name}:`, STAMP_OPTION, text)
  await server.tmux('set-option', '-p', '-t', `=${name}:`, STAMP_OPTION, text)
}
const named = (listed: readonly HostSession[], name: string) => listed.find(({ sessionName }) => sessionName === name)

describe('a forged stamp', () => {
  test.each([
    ['a copy of the stamp of another session', 'copy', 'it is the stamp of another session'],
    ['a copy with its own ids and the signature of the other', 'grafted', NOT_SIGNED],
    ['a stamp with the key of somebody else', 'other key', NOT_SIGNED],
    ['a stamp of an earlier release, without a signature', 'unsigned', NOT_SIGNED],
    ['any other text', 'text', 'it is no stamp'],
  ])('%s is not believed, and said', async (_, kind, fault) => {
    const { server, host, liar, paneOf } = await liarAndVictim()
    const copy = await server.tmux('show-options', '-v', '-t', '=victim:', STAMP_OPTION)
    const [, , , content, signature] = copy.split(':')
    const pane = await paneOf('liar')
    const claim = { incarnation: liar.incarnation ?? '', pane, sessionName: 'liar', ...stamps, takenIn: false }
    const forged = {
      copy,
      grafted: `2:${liar.incarnation}:${pane}:${content}:${signature}`,
      'other key': createStamps(keyOf('the key of somebody else')).textOf({ ...claim, workspace: 'victim' }),
      unsigned: `1:${liar.incarnation}:${base64([stamps.pool, 'victim', stamps.createdAt])}`,
      text: 'x',
    }[kind]
    await setBoth(server, 'liar', forged ?? '')
    const listed = await server.host().list()
    expect(named(listed, 'liar')).toMatchObject({ stampFault: fault, createdAtSource: 'host' })
    expect(named(listed, 'liar')?.pool).toBeUndefined()
    expect(named(listed, 'victim')).toMatchObject({ ...stamps, workspace: 'victim' })
    await host.kill(liar)
  })

  test('a stamp that was removed from the session is still found on its pane', async () => {
    const { server } = await liarAndVictim()
    await server.tmux('set-option', '-u', '-t', '=liar:', STAMP_OPTION)
    expect(named(await server.host().list(), 'liar')).toMatchObject({ ...stamps, workspace: 'liar' })
  })
})

describe('a session whose ids are not the expected ones, because somebody else was faster', () => {
  test.each([
    ['made a session', ['new-session', '-d', '-s', 'theirs', 'cat']],
    ['split a window', ['split-window', '-d', '-t', '=liar:', 'cat']],
  ])('who %s: it has a stamp of its own, and nobody ever sees another one', async (_, theirs) => {
    const { server, host } = await liarAndVictim()
    await server.tmux('set-option', '-s', 'message-limit', '10000')
    await server.tmux(...theirs)
    await host.create('late', { ...stamps, workspace: 'late', command: 'cat' })
    const listed = await server.host().list()
    const late = named(listed, 'late')
    expect(late).toMatchObject({ ...stamps, workspace: 'late' })
    expect(named(listed, 'theirs')?.pool).toBeUndefined()
    // tmux keeps the commands that it ran, and every program that reaches the socket can read them.
    const log = await server.tmux('-C', 'attach-session', '-t', '=liar:', ';', 'show-messages', ';', 'detach-client')
    const texts = log.match(/2:\d+\.\d+\.\$\d+:%\d+:[\w-]+:[\w-]{43}/g) ?? []
    const key = createStamps(await readStampKey())
    const ofLate = texts.map((text) => key.read(text)).filter((stamp) => stamp?.workspace === 'late')
    expect(ofLate.length).toBeGreaterThan(0)
    const pane = await server.tmux('display-message', '-p', '-t', '=late:', '#{pane_id}')
    expect(ofLate).toEqual(ofLate.map(() => expect.objectContaining({ incarnation: late?.incarnation, pane })))
  })
})

describe('the pane of another session', () => {
  test('does not follow from a pane that carries a copy of the stamp of its session', async () => {
    const { server, liar, victim } = await liarAndVictim()
    const copy = await server.tmux('show-options', '-v', '-t', '=victim:', STAMP_OPTION)
    await setBoth(server, 'liar', copy)
    const next = server.host({ submitDelayMs: 0 })
    await next.sendText(victim, 'secret', { submit: true })
    await eventually(async () => (await next.capture(victim)).includes('secret'))
    expect(await next.capture(liar)).not.toContain('secret')
  })

  test.each(['named', 'linked'])(
    'is not typed into, nor closed, by a session without a stamp that has it %s',
    async (how) => {
      const { server, victim, paneOf } = await liarAndVictim()
      await server.tmux('new-session', '-d', '-s', 'theirs', 'cat')
      const pane = await paneOf('victim')
      const theirs = named(await server.host().list(), 'theirs')
      if (!theirs) throw new Error('the session is not listed')
      if (how === 'named') {
        const text = createStamps(await readStampKey()).paneTextOf(theirs.incarnation ?? '', pane)
        await server.tmux('set-option', '-t', '=theirs:', '@sessionkeep_pane', text)
      } else {
        await server.tmux('link-window', '-d', '-s', '=victim:', '-t', '=theirs:')
      }
      const next = server.host({ submitDelayMs: 0 })
      await next.sendText(theirs, 'for theirs', { submit: true }).catch(() => undefined)
      await next.kill(theirs).catch(() => undefined)
      expect((await next.capture(victim)).trim()).toBe('')
      expect(named(await next.list(), 'victim')).toMatchObject({ exited: false })
    },
  )
})

test.each([
  ['by a text in the form of an earlier release', (session: string, pane: string) => `1:${session}:${pane}`],
  ['with a signature of another key', (session: string, pane: string) => forgedPanes.paneTextOf(session, pane)],
])('a session without a stamp does not end with the pane that another program names for it %s', async (_, textOf) => {
  const { server, liar, paneOf } = await liarAndVictim()
  await server.tmux('new-session', '-d', '-s', 'theirs', 'cat')
  const theirs = named(await server.host().list(), 'theirs')
  const text = textOf(theirs?.incarnation ?? '', await paneOf('liar'))
  await server.tmux('set-option', '-t', '=theirs:', '@sessionkeep_pane', text)
  await server.host().kill(liar)
  expect(named(await server.host().list(), 'theirs')).toMatchObject({ exited: false })
})

describe('stamp()', () => {
  test('a session that was taken in keeps its workspace and pane through a rename, for every host with the key', async () => {
    const server = privateServer()
    await server.tmux('new-session', '-d', '-s', 'theirs', 'cat')
    const host = server.host({ stampKey: 'a key of two hosts' })
    const [theirs] = await host.list()
    if (!theirs) throw new Error('the session is not listed')
    await host.stamp?.(theirs, { pool: 'p', workspace: 'docs' })
    await server.tmux('rename-session', '-t', '=theirs', 'renamed')
    await server.tmux('split-window', '-b', '-t', '=renamed:')
    const next = server.host({ stampKey: 'a key of two hosts' })
    expect(await next.list()).toMatchObject([
      { sessionName: 'renamed', pool: 'p', workspace: 'docs', takenIn: true, createdAt: theirs.createdAt },
    ])
    const [other] = await server.host({ stampKey: 'the key of another host' }).list()
    expect(other).toMatchObject({ stampFault: NOT_SIGNED })
  })

  test('a stamp that is not believed is not replaced', async () => {
    const server = privateServer()
    const made = await server.host({ stampKey: 'the key of one host' }).create('a', stamps)
    const other = server.host({ stampKey: 'the key of another host' })
    const pane = () => server.tmux('show-options', '-p', '-v', '-t', '=a:', STAMP_OPTION)
    const before = await pane()
    await other.stamp?.(made, { pool: 'p', workspace: 'mine' })
    expect(await pane()).toBe(before)
    expect(await server.host({ stampKey: 'the key of one host' }).list()).toMatchObject([stamps])
  })

  test('a session that cannot be stamped after its creation is ended again', async () => {
    const server = privateServer()
    const exec: Exec = (argv, options) => {
      if (String(options.input).includes(STAMP_OPTION)) throw new Error('the gateway has no more processes')
      return execaExec(100)(argv, options)
    }
    await expect(server.host({ exec }).create('a', stamps)).rejects.toMatchObject({ code: 'HOST_UNAVAILABLE' })
    expect(await server.host().list()).toEqual([])
  })
})

describe('the key', () => {
  const directory = () => {
    const made = mkdtempSync(join(tmpdir(), 'skt-key-'))
    vi.stubEnv('SESSIONKEEP_DIRECTORY', made)
    onTestFinished(() => {
      vi.unstubAllEnvs()
      rmSync(made, { recursive: true, force: true })
    })
    return { made, path: join(made, '.stamp-key') }
  }

  test('is made once for all processes, with mode 0600, and leaves no other file', async () => {
    const { made, path } = directory()
    const keys = await Promise.all(Array.from({ length: 20 }, readStampKey))
    expect(new Set(keys.map(({ secret }) => secret.toString('hex')))).toEqual(
      new Set([readFileSync(path).toString('hex')]),
    )
    expect([statSync(path).mode & 0o777, readdirSync(made)]).toEqual([0o600, ['.stamp-key']])
    expect(keys.every(({ fault }) => fault === undefined)).toBe(true)
  })

  test.each([
    [
      'can be read by others',
      (path: string) => {
        writeFileSync(path, Buffer.alloc(32), { mode: 0o600 })
        chmodSync(path, 0o640)
      },
    ],
    ['has another size', (path: string) => writeFileSync(path, 'short', { mode: 0o600 })],
    ['is a link', (path: string) => symlinkSync('/dev/zero', path)],
  ])('a file that %s is not used: the key is this process’s alone, and the fault says why', async (_, make) => {
    const { path } = directory()
    make(path)
    const [one, two] = [await readStampKey(), await readStampKey()]
    expect(one.secret.equals(two.secret)).toBe(false)
    expect(one.fault).toContain('the file of the key cannot be used')
    expect(createStamps(one).faultOf('2:1.1.$1:%1:a:b', '1.1.$1')).toContain('.stamp-key')
  })
})
