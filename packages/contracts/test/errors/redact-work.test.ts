import { expect, test } from 'vitest'
import { redact, redactValue } from '../../src/errors/redact.ts'

/** Both are shorter than the text that is cut. */
const [SHORT, LONG] = [950, 3800]

/** The processor time of redacting a text or lines many times: the least of several measurements, so that other work does no harm. */
function workOf(given: string | readonly string[]): number {
  const measured = Array.from({ length: 7 }, () => {
    const began = process.cpuUsage()
    for (let time = 0; time < 20; time += 1) redactValue(given)
    const { user, system } = process.cpuUsage(began)
    return user + system
  })
  return Math.min(...measured)
}

test.each([
  ...[
    'x://',
    'mariadb-',
    'mariadb -',
    'zip ',
    'zip -P ',
    'curl ',
    '$login ',
    ' password',
    '?pass',
    'password[',
    'AUTH ',
  ],
  ...['ACL SETUSER ', ' >', 'password="', "password: '", 'password: |\n ', '<password>', 'AAAA\n', ' A\n', 'set -x '],
  ...[
    'cookie:[',
    'cookie:[]a',
    'name: pass ',
    'name: ',
    '{pass:',
    'map[',
    '.pass',
    ' pwd=/',
    '?#&',
    '#token',
    ' :',
    'u:@',
  ],
  ...['identified with a ', 'password (', 'a://b/@', 'https://a/', 'a_USER=', 'tokens: 1', '<a value'],
  ...['value:a@', 'value: a name: ', 'name: pass a: b ', '\\\n', 'curl -s', ' A_KEY', ' A_KEY=', 'A'],
  ...['"secret": {\n', '"secret": [\n"', 'secrets:\n  - ', 'rawHeaders: [', '[["x-token",', '<password a', 'a='],
  ...['--password" ', ' -u a', 'redis-cli -a\\', '{"password":"\\"', 'eyJaaaaaaaa.', 'Basic ', 'passpass'],
])('the work for a text of %j grows no faster than its length', (piece) => {
  // A text without any word of a notation is not searched at all.
  const text = (length: number) => `${piece.repeat(length / piece.length)} pass`
  redact(text(LONG))
  // Four times the work is in proportion, and sixteen times would be the square.
  expect(workOf(text(LONG)) / workOf(text(SHORT))).toBeLessThan(10)
})

test.each([
  ['htpasswd -', 'b'],
  ['password', ' '],
  ['-----BEGIN PRIVATE KEY-----', 'A\n'],
  ['zip -P', ' '],
  ['login', ' '],
  ['password: "', '\\'],
  ['AUTH', '='],
])('the work for %j and many of %j grows no faster than their number', (head, piece) => {
  const text = (length: number) => `${head}${piece.repeat(length / piece.length)} pass`
  redact(text(LONG))
  expect(workOf(text(LONG)) / workOf(text(SHORT))).toBeLessThan(10)
})

test.each([
  'A\n',
  '-A\n',
  '+',
  '\\n',
  '1 ',
  '12  A\n',
  '+A"\n',
  ' ',
  '"',
  'A-----END PRIVATE KEY-----\n',
  `${'Aa0'.repeat(20)} words\n`,
  `${'a'.repeat(60)} words\n`,
  '-----END ',
  '1 -----END PRIVATE KEY-----\n',
])('the work for many of %j above the end of a private key grows no faster than their number', (piece) => {
  const text = (length: number) => `${piece.repeat(length / piece.length)}\n1 -----END PRIVATE KEY-----`
  redact(text(LONG))
  expect(workOf(text(LONG)) / workOf(text(SHORT))).toBeLessThan(10)
})

test.each(['-----END ', `-----END PRIVATE KEY----- ${'Aa0'.repeat(20)}`])(
  'the work for many lines %j of a screen grows no faster than their number',
  (line) => {
    const lines = (length: number) => Array<string>(length).fill(line)
    redactValue(lines(1000))
    expect(workOf(lines(1000)) / workOf(lines(250))).toBeLessThan(10)
  },
)
