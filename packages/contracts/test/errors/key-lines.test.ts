import { expect, test } from 'vitest'
import { redact, redactValue } from '../../src/errors/redact.ts'

const KEY_END = '-----END OPENSSH PRIVATE KEY-----'
const LONG_LINES = [
  'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7Zx0pQmD1vYhT',
  'T8mzKq0xW4rVn2bLc7dEfGh1JkLmNoPqRsTuVwXyZ0aBcDeFgHiJkLmNoPqRsT4u',
]
const LAST_LINE = 'qU3vX9w='

test.each<[string, (lines: readonly string[]) => string]>([
  ['in one line, as of a variable without quotes', (lines) => lines.join(' ')],
  ['in one line, which a terminal has wrapped', (lines) => (lines.join(' ').match(/.{1,80}/g) ?? []).join('\n')],
  ['in a list in one line', (lines) => JSON.stringify(lines)],
  ['in JSON within JSON', (lines) => JSON.stringify(JSON.stringify(lines.join('\n')))],
  ['with line breaks of HTML', (lines) => lines.join('<br>')],
  ['with the line breaks of an old Mac', (lines) => lines.join('\r')],
  ['with empty lines between', (lines) => lines.join('\n\n')],
  ['in a log of JSON', (lines) => lines.map((msg, time) => JSON.stringify({ time, msg })).join('\n')],
  [
    'in a log with several levels',
    (lines) => lines.map((line, at) => `${['WARN', 'INFO'][at % 2]}: ${line}`).join('\n'),
  ],
  [
    'around a match of grep',
    (lines) => lines.map((line, at) => `k.pem${line === KEY_END ? ':' : '-'}${at}-${line}`).join('\n'),
  ],
  ['between other borders', (lines) => lines.map((line) => `┃ ${line} ┃`).join('\n')],
  ['in colours', (lines) => lines.map((line) => `\u001b[32m+${line}\u001b[m`).join('\n')],
  [
    'above a checksum, as PGP has it',
    (lines) =>
      lines
        .toSpliced(-1, 0, '=aB3d')
        .map((line) => `${line} ~`)
        .join('\n'),
  ],
  ['before other words', (lines) => lines.map((line) => `${line} ~ words`).join('\n')],
  ['with an end that a terminal has wrapped', (lines) => `${lines.join('\n').slice(0, -20)}\n${KEY_END.slice(-20)}`],
])('the long lines of a private key without its beginning are masked %s', (_, shape) => {
  const text = `ordinary words\n${shape([...LONG_LINES, LAST_LINE, KEY_END])}\nx`
  const shown = redactValue(text.split('\n')) as string[]
  for (const each of [shown.join('\n'), redact(text)]) {
    for (const part of [...LONG_LINES, LAST_LINE].flatMap((line) => [line.slice(0, 8), line.slice(-8)]))
      expect(each).not.toContain(part)
    expect(each).toMatch(/^ordinary words\n/)
    expect(each).toMatch(/\nx$/)
    expect(redact(each)).toBe(each)
  }
  expect(redactValue(shown)).toBe(shown)
})

test.each([
  `commit ${'0a1b2c3d4e'.repeat(4)}`,
  '$ cat /usr/local/lib/node/modules/something/else/2/index',
  'ordinary\n\n\n',
  `${LONG_LINES[0]}${'\nordinary words'.repeat(3)}`,
])('%j above the end of a private key is shown as it is', (line) => {
  const text = `${line}\n${KEY_END}`
  expect(redact(text)).toBe(text)
})

test.each([
  'TOTAL\nPASS\n-----END OF REPORT',
  'TOTAL\nPASS\n----------END TEST RUN\nx',
  'TOTAL\nPASS\n-----END OUTPUT\nx',
])('a line that ends something else than a private key leaves the lines above it: %j', (text) => {
  expect(redact(text)).toBe(text)
  expect(redactValue(text.split('\n'))).toEqual(text.split('\n'))
})

test('what is above the beginning of a private key is shown, also with a long word in it', () => {
  const lines = [`put ${LONG_LINES[0]} there`, 'words', '-----BEGIN PRIVATE KEY-----', ...LONG_LINES, KEY_END]
  for (const shown of [redact(lines.join('\n')), (redactValue(lines) as string[]).join('\n')]) {
    expect(shown).toContain(`${lines[0]}\nwords\n-----BEGIN PRIVATE KEY-----***`)
    expect(shown).not.toContain(LONG_LINES[1])
  }
})

test('the end of a private key is no line of the next one', () => {
  const lines = [`${KEY_END} ${LONG_LINES[0]}`, 'words', KEY_END]
  expect(redactValue(lines)).toEqual([lines[0], '***', KEY_END])
  const wrapped = [...LONG_LINES, '-----END', 'RSA PRIVATE KEY-----']
  expect(redactValue(wrapped)).toEqual(['***', '***', ...wrapped.slice(2)])
})
