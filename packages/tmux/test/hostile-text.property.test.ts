import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { typedText } from '../src/text.ts'
import { eventually, privateServer, stamps } from './support/private-server.ts'

const RUNS = Number(process.env.SESSIONKEEP_TEST_RUNS ?? 60)
const ESC = '\u001b'

/** What a chat message can be made of: keys, commands for terminals and for tmux, halves of them, and words. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        `${ESC}[201~`,
        `${ESC}[200~`,
        `${ESC}[20`,
        '1~',
        '\u009b201~',
        ESC,
        `${ESC}]0;t`,
        '\u0007',
        `${ESC}P`,
      ),
      fc.constantFrom('\r', '\n', '\r\n', '\t', '\u0003', '\u0004', '\u0015', '\u001a', '\u007f', '\u0000', '\u0085'),
      fc.constantFrom(
        '/exit',
        'rm -rf /',
        '; kill-server',
        '#{pid}',
        '#(touch F)',
        "'",
        '"',
        '$(id)',
        '\\',
        '-t',
        '\ud800',
      ),
      fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
      fc.string({ unit: 'grapheme', maxLength: 8 }),
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((parts) => parts.join(''))

/** Everything but text: C0 besides tab and line feed, DEL, and C1 as UTF-8. */
const NO_TEXT = /[^\t\n\u0020-\u007e\u00a0-\u{10ffff}]/u

describe.each([
  ['a plain pane', '', '', ''],
  ['a pane that asked for bracketed pastes', '\\033[?2004h', `${ESC}[200~`, `${ESC}[201~`],
])('a hostile text in %s', (_, mode, open, close) => {
  test('arrives as text and nothing else', async () => {
    const server = privateServer()
    const host = server.host()
    const out = join(server.directory, 'typed')
    const command = ['sh', '-c', 'stty raw -echo; printf "%bready" "$1"; exec cat > "$0"', out, mode]
    const made = await host.create('rec', { ...stamps, command })
    await eventually(async () => (await host.capture(made)).includes('ready'))
    let before = 0
    const typed = (): string => (existsSync(out) ? readFileSync(out).subarray(before).toString() : '')
    await fc.assert(
      fc.asyncProperty(hostile, async (text) => {
        const expected = Buffer.from(typedText(text, 'strip')).toString()
        await host.sendText(made, text)
        await host.sendText(made, '', { submit: true })
        await eventually(() => typed().endsWith('\r'))
        const arrived = typed().slice(0, -1)
        before += Buffer.byteLength(typed())
        expect(arrived).toBe(expected === '' ? '' : `${open}${expected}${close}`)
        expect(expected).not.toMatch(NO_TEXT)
      }),
      { numRuns: RUNS },
    )
    expect(existsSync(join(server.directory, 'F'))).toBe(false)
    expect(await server.tmux('list-buffers')).toBe('')
  })
})
