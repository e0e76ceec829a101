import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { eventually, type PrivateServer, privateServer, stamps } from './support/private-server.ts'

/** A session whose program writes each typed byte to a file; `mode` is printed first. */
async function recorder(server: PrivateServer, mode = '') {
  const out = join(server.directory, 'typed')
  const command = ['sh', '-c', 'stty raw -echo; printf "%bready" "$1"; exec cat > "$0"', out, mode]
  const host = server.host()
  const made = await host.create('rec', { ...stamps, command })
  await eventually(async () => (await host.capture(made)).includes('ready'))
  return { host, made, typed: () => (existsSync(out) ? readFileSync(out) : Buffer.alloc(0)) }
}

/** A program that takes what follows within 50 ms for a part of a paste, also an Enter, as agents do. */
const PASTES = `
  let [text, last] = ['', 0]
  process.stdin.setRawMode(true)
  process.stdout.write('ready')
  process.stdin.on('data', (data) => {
    if (String(data) === '\\r' && Date.now() - last > 50) require('node:fs').writeFileSync(process.argv[1], text)
    text += data
    last = Date.now()
  })
`

describe('sendText()', () => {
  test.each([
    ['several lines', 'one\ntwo\nthree\n'],
    ['a ; at the end', 'a;\\;;'],
    ['a - at the start', '-t x'],
    ['formats and quotes', '#(touch F) #{pid} %H $HOME `x` "\'\\'],
    ['Unicode', 'żółć 🦊 e\u0301'],
  ])('types %s byte for byte', async (_what, text) => {
    const { host, made, typed } = await recorder(privateServer())
    await host.sendText(made, text)
    await eventually(() => typed().length >= Buffer.byteLength(text))
    expect(typed().toString()).toBe(text)
  })

  test('types a megabyte and leaves no buffer', async () => {
    const server = privateServer()
    const { host, made, typed } = await recorder(server)
    const text = Array.from({ length: 20_000 }, (_, at) => `line ${at} ${'x'.repeat(41)}`).join('\n')
    await host.sendText(made, text)
    await eventually(() => typed().length >= text.length)
    expect(typed().equals(Buffer.from(text))).toBe(true)
    expect(await server.tmux('list-buffers')).toBe('')
  })

  test('brackets the paste if the program asked for that, with Enter outside of it', async () => {
    const { host, made, typed } = await recorder(privateServer(), '\\033[?2004h')
    await host.sendText(made, 'a\nb', { submit: true, delayMs: 10 })
    await eventually(() => typed().includes('\r'))
    expect(typed().toString()).toBe('\u001b[200~a\nb\u001b[201~\r')
  })

  test('waits before Enter without a delay of the caller, since programs take an Enter right after a paste for a line break', async () => {
    const server = privateServer()
    const host = server.host()
    const out = join(server.directory, 'submitted')
    const command = [process.execPath, '-e', PASTES, out]
    const made = await host.create('a', { ...stamps, command })
    await eventually(async () => (await host.capture(made)).includes('ready'))
    await host.sendText(made, 'first\nsecond', { submit: true })
    await eventually(() => existsSync(out))
    expect(readFileSync(out, 'utf8')).toBe('first\nsecond')
  })

  test('presses Enter although a user is in copy mode', async () => {
    const server = privateServer()
    const { host, made, typed } = await recorder(server)
    await server.tmux('copy-mode', '-t', '=rec:')
    await host.sendText(made, 'x', { submit: true })
    await eventually(() => typed().length === 2)
    expect(typed().toString()).toBe('x\r')
  })

  test.each(['copy-mode', 'choose-tree'])('brackets the paste although a user has opened %s', async (mode) => {
    const server = privateServer()
    const { host, made, typed } = await recorder(server, '\\033[?2004h')
    await server.tmux(mode, '-t', '=rec:')
    await host.sendText(made, 'a\nb', { submit: true, delayMs: 10 })
    await eventually(() => typed().includes('\r'))
    expect(typed().toString()).toBe('\u001b[200~a\nb\u001b[201~\r')
  })

  test('clears the line first although a user is in copy mode', async () => {
    const server = privateServer()
    const { host, made, typed } = await recorder(server)
    await server.tmux('copy-mode', '-t', '=rec:')
    await host.sendText(made, 'x', { clearFirst: true })
    await eventually(() => typed().length === 3)
    expect(typed().toString()).toBe('\u0005\u0015x')
  })

  test('types nothing for an empty text, or only Enter if submitted', async () => {
    const { host, made, typed } = await recorder(privateServer())
    await host.sendText(made, '')
    await host.sendText(made, '', { submit: true })
    await eventually(() => typed().length > 0)
    expect(typed().toString()).toBe('\r')
  })

  test('rejects with SESSION_GONE for an ended session and leaves no buffer', async () => {
    const server = privateServer()
    const { host, made } = await recorder(server)
    await server.tmux('new-session', '-d', '-s', 'recorder')
    await host.kill(made)
    for (const ref of [made, { sessionName: 'rec' }, { sessionName: 'rec', incarnation: 'nonsense' }]) {
      await expect(host.sendText(ref, 'x')).rejects.toMatchObject({ code: 'SESSION_GONE' })
      await expect(host.sendText(ref, '')).rejects.toMatchObject({ code: 'SESSION_GONE' })
      await expect(host.capture(ref)).rejects.toMatchObject({ code: 'SESSION_GONE' })
    }
    expect(await server.tmux('list-buffers')).toBe('')
    await server.tmux('kill-server')
    await expect(host.sendText(made, 'x')).rejects.toMatchObject({ code: 'SESSION_GONE' })
  })

  test('types nothing into another incarnation of that name, of this server or a later one', async () => {
    const server = privateServer()
    const first = await server.host().create('rec', stamps)
    await server.tmux('kill-server')
    const { host, made, typed } = await recorder(server)
    expect(made.incarnation?.split('.')[2]).toBe(first.incarnation?.split('.')[2])
    await expect(host.sendText(first, 'wrong', { submit: true })).rejects.toMatchObject({ code: 'SESSION_GONE' })
    await host.sendText(made, 'right')
    await eventually(() => typed().length > 0)
    expect(typed().toString()).toBe('right')
    expect(await server.tmux('list-buffers')).toBe('')
  })

  test('rejects with SESSION_GONE when the command has ended, and the server goes on', async () => {
    const server = privateServer()
    const host = server.host()
    await host.create('keep', stamps)
    await server.tmux('set-option', '-g', 'remain-on-exit', 'on')
    const made = await host.create('done', { ...stamps, command: 'printf "\\nlast words"; read -r line' })
    // What a program writes right before its end may not reach tmux, so it ends once that was seen.
    await eventually(async () => (await host.capture(made)).includes('last words'))
    await host.sendText(made, '', { submit: true })
    await eventually(async () => (await host.list()).some(({ exited }) => exited))
    await expect(host.sendText(made, 'x', { submit: true })).rejects.toMatchObject({ code: 'SESSION_GONE' })
    expect(await host.capture(made)).toContain('last words')
    expect(await host.list()).toHaveLength(2)
    expect(await server.tmux('list-buffers')).toBe('')
  })

  test('rejects with HOST_REFUSED when the pane takes no input', async () => {
    const server = privateServer()
    // The pane gets the id %4, which is a part of a date to some commands of tmux.
    for (const name of ['a', 'b', 'c', 'd']) await server.tmux('new-session', '-d', '-s', name)
    const { host, made } = await recorder(server)
    expect(await server.tmux('list-panes', '-t', '=rec:', '-F', '#{pane_id}')).toMatch(/^%4/)
    await server.tmux('select-pane', '-d', '-t', '=rec:')
    await expect(host.sendText(made, 'x')).rejects.toMatchObject({ code: 'HOST_REFUSED' })
  })

  test('reaches a renamed session by its incarnation', async () => {
    const server = privateServer()
    const { host, made, typed } = await recorder(server)
    await server.tmux('rename-session', '-t', '=rec', 'renamed')
    await host.sendText(made, 'x')
    await eventually(() => typed().toString() === 'x')
  })

  test('keeps the text out of its errors', async () => {
    const server = privateServer()
    const prefix = [server.script('broken', 'exit 3')]
    const ref = { sessionName: 'a' }
    const errors = await Promise.all(
      [server.host({ prefix }), server.host({ prefix: ['/nonexistent'] })].flatMap((host) => [
        host.sendText(ref, 's3cret').catch((reason: unknown) => reason),
        host.create('a', { ...stamps, env: { KEY: 's3cret' }, command: 's3cret' }).catch((reason: unknown) => reason),
      ]),
    )
    for (const error of errors) {
      expect(error).toMatchObject({ code: 'HOST_UNAVAILABLE' })
      expect(inspect(error, { depth: null, showHidden: true })).not.toContain('s3cret')
    }
  })
})
