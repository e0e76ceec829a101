import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { hasMoved } from '../src/confirm.ts'
import { eventually, privateServer, stamps } from './support/private-server.ts'

/** An agent with an input box, as the common ones have. It takes the Enter of the given number, and inserts a line break before. */
const AGENT = `
  const { appendFileSync } = require('node:fs')
  let [left, text] = [Number(process.argv[2]), '']
  const draw = (said) => process.stdout.write('\\x1b[2J\\x1b[H' + said + '\\r\\n╭──────╮\\r\\n' +
    text.split('\\n').map((line) => '│ ' + line.padEnd(30) + ' │').join('\\r\\n') + '\\r\\n╰──────╯\\r\\n')
  process.stdin.setRawMode(true)
  draw('ready')
  process.stdin.on('data', (data) => {
    for (const key of String(data)) {
      if (key !== '\\r') text += key
      else if (--left > 0) text += '\\n'
      else { appendFileSync(process.argv[1], 'took ' + text.trim() + '\\n'); text = ''; draw('thinking'); return }
    }
    draw('ready')
  })
`

async function agentThatTakes(enter: number) {
  const server = privateServer()
  const host = server.host({ submitDelayMs: 0 })
  const file = join(server.directory, 'taken')
  const command = [process.execPath, '-e', AGENT, file, String(enter)]
  const made = await host.create('a', { ...stamps, command })
  await eventually(async () => (await host.capture(made)).includes('ready'))
  return { server, host, made, taken: () => (existsSync(file) ? readFileSync(file, 'utf8') : '') }
}
const QUICK = { timeoutMs: 400 }

test('a text that is taken with the first Enter is confirmed, and Enter is pressed once', async () => {
  const { host, made, taken } = await agentThatTakes(1)
  const result = await host.sendText(made, 'hello', { submit: true, confirm: true })
  expect(result).toEqual({ submitted: true, foundUnsubmitted: false, confirmed: true })
  expect(taken()).toBe('took hello\n')
})

test('an Enter that became a line break of the input is pressed once more', async () => {
  const { host, made, taken } = await agentThatTakes(2)
  expect(await host.sendText(made, 'hello', { submit: true, confirm: QUICK })).toMatchObject({ confirmed: true })
  expect(taken()).toBe('took hello\n')
})

test('a text that is not taken after two Enters rejects with NOT_CONFIRMED', async () => {
  const { host, made, taken } = await agentThatTakes(4)
  const sending = host.sendText(made, 'hello', { submit: true, confirm: QUICK })
  await expect(sending).rejects.toMatchObject({ code: 'NOT_CONFIRMED', context: { sessionName: 'a' } })
  expect(taken()).toBe('')
})

test('confirm.seen decides, with the screen before and after Enter', async () => {
  const { host, made } = await agentThatTakes(1)
  const seen = (screen: string, before: string) => screen.includes('thinking') && before.includes('hello')
  expect(await host.sendText(made, 'hello', { submit: true, confirm: { seen } })).toMatchObject({ confirmed: true })
  const never = host.sendText(made, 'again', { submit: true, confirm: { seen: () => false, ...QUICK } })
  await expect(never).rejects.toMatchObject({ code: 'NOT_CONFIRMED' })
})

test('a command that a shell runs, and a text that ends the session, are confirmed', async () => {
  const host = privateServer().host()
  const made = await host.create('a', { ...stamps, command: ['bash', '--norc', '--noprofile'] })
  expect(await host.sendText(made, 'sleep 600', { submit: true, confirm: true })).toMatchObject({ confirmed: true })
  await host.sendKeys?.(made, ['C-c'])
  await eventually(async () => (await host.list())[0]?.foreground === 'bash')
  expect(await host.sendText(made, 'exit', { submit: true, confirm: true })).toMatchObject({ confirmed: true })
})

test('confirm without submit, and options of a wrong type, are refused before anything is typed', async () => {
  const { host, made } = await agentThatTakes(1)
  const wrong = [
    { confirm: true },
    { submit: true, confirm: { seen: 'x' } },
    { submit: true, confirm: { timeoutMs: 0 } },
  ]
  for (const options of wrong)
    await expect(host.sendText(made, 'hello', options as object)).rejects.toBeInstanceOf(TypeError)
  expect(await host.capture(made)).not.toContain('hello')
})

test.each([
  ['the same screen', 'a\n> hello', 'a\n> hello', false],
  ['a line break in the input', '╭──╮\n│ hello │\n╰──╯', '╭────╮\n│ hello │\n│       │\n╰────╯', false],
  ['a line break that scrolled the first line away', 'first\n> hello', '> hello\n', false],
  ['an answer', '> hello', '> hello\nthinking', true],
  ['an input that was emptied', 'a\n> hello\nstatus', 'a\n>\nstatus', true],
])('%s counts as taken or not', (_, before, after, isTaken) => {
  expect(hasMoved(before, after)).toBe(isTaken)
})
