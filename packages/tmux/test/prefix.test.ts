import { mkdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TmuxHost, tmuxHost } from '@sessionkeep/tmux'
import { describe, expect, onTestFinished, test } from 'vitest'
import { eventually, listedLater, privateServer, stamps } from './support/private-server.ts'

// The test needs a mount namespace.
const asRoot = test.runIf(process.getuid?.() === 0)

/** Ends a server that is not on the socket of the fixture when the test has finished. */
function endServer(host: TmuxHost): void {
  onTestFinished(async () => {
    await host
      .tmux(['kill-server'])
      .catch((error: unknown) => expect(error).toMatchObject({ code: 'HOST_UNAVAILABLE' }))
  })
}

describe('a prefix', () => {
  test.each([
    ['a list', (words: string[]) => words],
    ['a function', (words: string[]) => () => words],
    ['an async function', (words: string[]) => async () => words],
  ])('that is %s decides where tmux runs', async (_what, form) => {
    const here = privateServer()
    const there = privateServer()
    // The same socket name is another server after the prefix, as in a container.
    const socketName = 'x'
    mkdirSync(join(there.directory, `tmux-${process.getuid?.()}`), { mode: 0o700 })
    const behind = tmuxHost({ socketName, timeoutMs: 20_000, prefix: form(['env', `TMUX_TMPDIR=${there.directory}`]) })
    endServer(behind)
    const made = await behind.create('a', stamps)
    const theirs = join(there.directory, `tmux-${process.getuid?.()}`, socketName)
    const seen = await tmuxHost({ socketPath: theirs }).list()
    expect(seen).toEqual([listedLater(made)])
    expect(await here.host().list()).toEqual([])
    expect(await behind.list()).toEqual([listedLater(made)])
    await behind.sendText(made, 'x')
    await behind.kill(made)
    expect(await behind.list()).toEqual([])
  })

  asRoot('that is a function is called for every command', async () => {
    const [one, two] = [privateServer(), privateServer()]
    let place = one
    const wrapper = (server: typeof one) => [
      'unshare',
      '-m',
      'sh',
      '-c',
      `mount --bind ${server.directory} /mnt && exec "$@"`,
      'sh',
    ]
    const host = tmuxHost({ socketPath: '/mnt/s', timeoutMs: 20_000, prefix: () => wrapper(place) })
    endServer(host)
    const made = await host.create('a', stamps)
    expect(await one.host().list()).toEqual([listedLater(made)])
    expect(await tmuxHost({ socketPath: '/mnt/s' }).list()).toEqual([])
    await host.kill(made)
    place = two
    const next = await host.create('b', stamps)
    expect(await two.host().list()).toEqual([listedLater(next)])
    await host.kill(next)
  })

  test('that fails, or is not a list of words, makes the host unavailable', async () => {
    const failures = [
      () => Promise.reject(new Error('no container')),
      () => Promise.resolve(['a\0']),
      () => new Array(1),
    ]
    for (const prefix of failures) {
      await expect(tmuxHost({ prefix }).list()).rejects.toMatchObject({ code: 'HOST_UNAVAILABLE' })
    }
    for (const words of [new Array(1), Object.assign(new Array(2), ['ssh'])])
      expect(() => tmuxHost({ prefix: words })).toThrow('prefix: must be a list of words')
  })
})

describe('shell: true', () => {
  test('keeps every argument whole through a prefix that joins them for a shell', async () => {
    const server = privateServer()
    const ssh = server.script('ssh', 'exec sh -c "$*"')
    const host = server.host({ prefix: [ssh], shell: true })
    const hostile = 'a\'b"c$(touch F)`touch F`#{pid} \\;\n*;'
    const cwd = join(server.directory, hostile)
    mkdirSync(cwd)
    const out = join(server.directory, 'out')
    const made = await host.create('a', {
      ...{ ...stamps, workspace: hostile, pool: hostile, cwd, env: { HOSTILE: hostile, OUT: out } },
      command: [
        'sh',
        '-c',
        'printf "%s\\0" "$PWD" "$HOSTILE" "$1" > "$OUT.new"; mv "$OUT.new" "$OUT"; exec cat',
        'sh',
        hostile,
      ],
    })
    expect(await host.list()).toEqual([listedLater(made)])
    expect(await server.host().list()).toEqual([listedLater(made)])
    expect(made).toMatchObject({ workspace: hostile, pool: hostile })
    await eventually(() =>
      readFile(out).then(
        () => true,
        () => false,
      ),
    )
    expect((await readFile(out, 'utf8')).split('\0')).toEqual([cwd, hostile, hostile, ''])
    await host.sendText(made, 'typed $HOME;', { submit: true })
    await eventually(async () => (await host.capture(made)).includes('typed $HOME;'))
    expect(host.attachCommand(made).slice(0, 2)).toEqual([ssh, "'tmux'"])
    await host.kill(made)
  })
})
