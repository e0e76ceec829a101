import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { eventually, type PrivateServer, privateServer, stamps } from './support/private-server.ts'

/** A session whose program writes each byte that it gets to a file; `mode` is printed first. */
async function recorder(server: PrivateServer, mode = '') {
  const out = join(server.directory, 'typed')
  const command = ['sh', '-c', 'stty raw -echo; printf "%bready" "$1"; exec cat > "$0"', out, mode]
  const host = server.host()
  const made = await host.create('rec', { ...stamps, command })
  await eventually(async () => (await host.capture(made)).includes('ready'))
  return { host, made, typed: () => (existsSync(out) ? readFileSync(out, 'utf8') : '') }
}

test('each key that a terminal has a code for arrives as that code', async () => {
  const { host, made, typed } = await recorder(privateServer())
  const keys = ['~', 'é', '漢', 'M-x', 'C-M-a', 'C-_', 'S-Up', 'C-Left', 'BTab', 'S-Tab', 'M-Enter', 'C-Space', 'Enter']
  const codes = '~é漢\u001bx\u001b\u0001\u001f\u001b[1;2A\u001b[1;5D\u001b[Z\u001b[Z\u001b\r\0\r'
  await host.sendKeys?.(made, keys)
  await eventually(() => typed().length >= codes.length)
  expect(typed()).toBe(codes)
})

test.each(['S-Enter', 'C-Enter', 'C-S-a', 'S-a', 'C-M-Enter', 'C-BSpace', 'C-{', 'C-;', 'M-S-Space'])(
  'a key without a code in this terminal is refused with HOST_REFUSED, and nothing is typed: %s',
  async (key) => {
    const { host, made, typed } = await recorder(privateServer())
    await expect(host.sendKeys?.(made, ['x', key])).rejects.toMatchObject({ code: 'HOST_REFUSED' })
    await host.sendKeys?.(made, ['y'])
    await eventually(() => typed().includes('y'))
    expect(typed()).toBe('y')
  },
)

test('more keys than tmux takes at once are refused with HOST_REFUSED', async () => {
  const { host, made } = await recorder(privateServer())
  for (const count of [5000, 100_000]) {
    const pressed = host.sendKeys?.(made, Array<string>(count).fill('x'))
    await expect(pressed).rejects.toMatchObject({ code: 'HOST_REFUSED' })
  }
})

test('a key that only extended keys have a code for arrives if the program asked for them', async () => {
  const server = privateServer()
  await server.tmux('new-session', '-d', '-s', 'keep', ';', 'set-option', '-s', 'extended-keys', 'on')
  const { host, made, typed } = await recorder(server, '\\033[>4;2m')
  const isKnown = /^Ext/.test(await server.tmux('display-message', '-p', '-t', '=rec:', '#{pane_key_mode}'))
  await (host.sendKeys?.(made, ['S-Enter']) ?? expect.unreachable()).catch((error: { code?: string }) => {
    // tmux before 3.5 does not say whether the program asked for them.
    expect([isKnown, error.code]).toEqual([false, 'HOST_REFUSED'])
  })
  await host.sendKeys?.(made, ['y'])
  await eventually(() => typed().includes('y'))
  expect(typed()).toBe(isKnown ? '\u001b[27;2;13~y' : 'y')
})
