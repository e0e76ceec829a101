import { inspect } from 'node:util'
import { afterEach, expect, test, vi } from 'vitest'
import { recordingLogger } from '../../../core/test/support/log.ts'
import { makePool } from '../../../core/test/support/pools.ts'
import { systemClock } from '../../src/base/clock.ts'
import { safeLogger } from '../../src/base/safe-logger.ts'
import { redact, redactValue } from '../../src/errors/redact.ts'
import { StoreError } from '../../src/errors/store-error.ts'
import { memoryHost } from '../../src/hosts/memory-host.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

test.each(['redis://user:hunter2@host:6379', 'Server=tcp:x;Password=hunter2;'])(
  'credentials of %s appear neither in the error, nor in its context, nor in the status of the pool',
  async (store) => {
    vi.stubEnv('SESSIONKEEP_STORE', store)
    const { pool } = makePool({ clock: systemClock, host: memoryHost() })
    const error: unknown = await pool.start().catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(Error)
    const { message, stack, context } = error as Error & { context: unknown }
    expect(JSON.stringify([message, stack, context, pool.persistence().desired, pool.explain()])).not.toContain(
      'hunter2',
    )
  },
)

test.each([
  ['redis://u:p@h:1/0', 'redis://***@h:1/0'],
  ['postgres://u:p/w@x@h/db?sslmode=on&password=p', 'postgres://***@h/db?sslmode=on&password=***'],
  ['cannot reach redis://u:p@h and redis://h2', 'cannot reach redis://***@h and redis://h2'],
  ['u:p@h', '***@h'],
  ['Server=tcp:x;Password=p;Port=1', 'Server=tcp:x;Password=***;Port=1'],
  ["host=h password='p w' user=u", 'host=h password=*** user=u'],
  ['user=u pw=p', 'user=u pw=***'],
  ['AccountName=a;AccountKey=p==;', 'AccountName=a;AccountKey=***;'],
  ['the key = 5 and the compass', 'the key = 5 and the compass'],
  ['@acme/store', '@acme/store'],
  ['/srv/a@b/store.mjs', '/srv/a@b/store.mjs'],
  ['file:///srv/store.mjs', 'file:///srv/store.mjs'],
  ['at x (file:///srv/node_modules/@acme/x.js:1:2)', 'at x (file:///srv/node_modules/@acme/x.js:1:2)'],
  ['redis://u:p"q\'r`s@h', 'redis://***@h'],
  ['`redis://u:p@h` is down', '`redis://***@h` is down'],
  ['store "u:p@h" is none', 'store "***@h" is none'],
  ['{"uri":"redis://u:p@h","mail":"a@b"}', '{"uri":"redis://***@h","mail":"a@b"}'],
  ['{"password":"p q","port":1}', '{"password":***,"port":1}'],
  ["{ apiKey: 'p', a: 1 }", '{ apiKey: ***, a: 1 }'],
  ['user: u\npassword: p\nport: 1', 'user: u\npassword: ***\nport: 1'],
  ['Authorization: Bearer abc.def', 'Authorization: Bearer ***'],
  ['Authorization: Basic dTpwYXNz', 'Authorization: Basic ***'],
  ['https://h/x?sv=1&sig=a%2Bb&se=2', 'https://h/x?sv=1&sig=***&se=2'],
  ['password=a', 'password=***'],
  ['redis://:a@h: a server that says a word', 'redis://***@h: a server that says a word'],
  [`with sk-ant-api03-${'aB3_'.repeat(8)}, said the agent`, 'with sk-***, said the agent'],
  [`ghp_${'aB3'.repeat(12)} is refused`, 'ghp_*** is refused'],
  [`github_pat_${'aB3'.repeat(12)} is refused`, 'github_pat_*** is refused'],
  ['AKIAIOSFODNN7EXAMPLE', 'AKIA***'],
  ['a token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln here', 'a token *** here'],
  [
    '-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----',
    '-----BEGIN RSA PRIVATE KEY-----***-----END RSA PRIVATE KEY-----',
  ],
  ['-----BEGIN PRIVATE KEY-----\nMIIE', '-----BEGIN PRIVATE KEY-----***'],
  ['the task-list of eyJ and sk-short', 'the task-list of eyJ and sk-short'],
  ['password: must be text', 'password: must be text'],
  ['Basic authentication failed', 'Basic authentication failed'],
  ['the bearer token is missing', 'the bearer token is missing'],
  ['npm install @acme/store@1.2.3', 'npm install @acme/store@1.2.3'],
  ['/etc/x.json:3:13 is not JSON', '/etc/x.json:3:13 is not JSON'],
  ["curl -s -u 'a:b c' https://h", 'curl -s -u *** https://h'],
  ["etcdctl --user 'a:b c' get x", "etcdctl --user 'a:***' get x"],
  ['redis-cli -h h -a p -n 2 ping', 'redis-cli -h h -a *** -n 2 ping'],
  ['mysql -u root -pp db', 'mysql -u root -p*** db'],
  ['mysql -u root -p db', 'mysql -u root -p db'],
  ['docker run -u 1000:1000 -p 8080:80 image', 'docker run -u 1000:1000 -p 8080:80 image'],
  ['set SESSIONKEEP_TOKEN to a value', 'set SESSIONKEEP_TOKEN to a value'],
  ['nc -a 10.0.0.1:6379', 'nc -a 10.0.0.1:6379'],
  ['tmux -S /tmp/s set-option -t a -p x', 'tmux -S /tmp/s set-option -t a -p x'],
  ['NOAUTH Authentication required', 'NOAUTH Authentication required'],
  ['ERR AUTH <password> called without any password', 'ERR AUTH <password> called without any password'],
  [`Unexpected token 'x', "{x" is not valid JSON`, `Unexpected token 'x', "{x" is not valid JSON`],
  ["the flags '--token' and '--store' are not known", "the flags '--token' and '--store' are not known"],
])('%s is redacted to %s, and redacting that again changes nothing', (text, shown) => {
  expect(redact(text)).toBe(shown)
  expect(redact(shown)).toBe(shown)
})

const KEY_LINES = ['b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ', 'AAAAAAAABAAAAMwAAAAtzc2gtZWQyNTUxOQAA', 'AQID']
const [KEY_BEGIN, KEY_END] = ['-----BEGIN OPENSSH PRIVATE KEY-----', '-----END OPENSSH PRIVATE KEY-----']

test.each([
  ['whole', [KEY_BEGIN, ...KEY_LINES, KEY_END, '$ ls'], [`${KEY_BEGIN}***`, '***', '***', '***', KEY_END, '$ ls']],
  ['with a last line before its end', [KEY_BEGIN, `${KEY_LINES[0]}${KEY_END}`], [`${KEY_BEGIN}***`, `***${KEY_END}`]],
  ['without its end', [KEY_BEGIN, ...KEY_LINES], [`${KEY_BEGIN}***`, '***', '***', '***']],
  ['without its beginning', ['$ cat k', ...KEY_LINES, KEY_END, 'x'], ['$ cat k', '***', '***', '***', KEY_END, 'x']],
  ['of PGP', ['-----BEGIN PGP PRIVATE KEY BLOCK-----', 'lQOY'], ['-----BEGIN PGP PRIVATE KEY BLOCK-----***', '***']],
])('a private key %s is masked in a text and in a list of lines, which keeps its length', (_, lines, shown) => {
  expect(redactValue(lines)).toEqual(shown)
  expect(redactValue(shown)).toBe(shown)
  const text = redact(lines.join('\n'))
  for (const line of KEY_LINES) expect(text).not.toContain(line)
  expect(redact(text)).toBe(text)
})

test.each<[string, (line: string, at: number) => string]>([
  ['as they are', (line) => line],
  ['with line breaks of Windows', (line) => `${line}\r`],
  ['in a diff', (line) => `-${line}`],
  ['in a diff of which only the end is removed', (line) => (line === KEY_END ? `-${line}` : ` ${line}`)],
  ['in an answer to a mail', (line) => `>> ${line}`],
  ['with numbers', (line, at) => `${String(at + 8).padStart(6)}\t${line}`],
  ['with numbers on a screen', (line, at) => `  ${at + 8}  ${line}  `],
  ['found in a file', (line, at) => `keys/id_1:${at + 98}:${line}`],
  ['in a log', (line, at) => `2026-01-02T03:04:0${at}.${at * 100}Z app | ${line}`],
  ['in source text', (line) => `    "${line}\\n" +`],
  ['in JSON that a terminal has wrapped', (line) => `abc\\n${line}\\nAQ`],
  ['between two borders', (line) => `│ ${line} │`],
  ['with their ends', (line) => `${line}$`],
])('the lines of a private key without its beginning are masked %s', (_, prefixed) => {
  const key = [...KEY_LINES, 'Zm9v'.repeat(90), 'MIIE'].map(prefixed)
  const lines = ['$ cat the file', 'ordinary words', ...key, prefixed(KEY_END, key.length), 'x']
  const shown = redactValue(lines) as string[]
  expect(shown).toHaveLength(lines.length)
  for (const text of [shown.join('\n'), redact(lines.join('\n'))]) {
    for (const part of [...KEY_LINES, 'Zm9v', 'MIIE']) expect(text).not.toContain(part)
    for (const part of ['$ cat the file', 'ordinary words', KEY_END, '\nx']) expect(text).toContain(part)
    expect(redact(text)).toBe(text)
  }
  expect(redactValue(shown)).toBe(shown)
})

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

test('a last line of a private key before its end is masked, and no line above the end of a certificate', () => {
  expect(redact(`the end:\n${KEY_LINES[0]}${KEY_END}`)).toBe(`the end:\n***${KEY_END}`)
  const lines = ['done', '- one', '12  words', 'AQID', '-----END CERTIFICATE-----', 'x']
  expect(redactValue(lines)).toBe(lines)
  expect(redact(lines.join('\n'))).toBe(lines.join('\n'))
})

test('a private key in a list of lines is masked however long the list is', () => {
  const lines = ['words '.repeat(600), KEY_BEGIN, ...Array.from({ length: 50 }, () => KEY_LINES[0]), KEY_END, 'the end']
  const shown = redactValue(lines) as string[]
  expect(shown).toHaveLength(lines.length)
  expect(shown.join('\n')).not.toContain(KEY_LINES[0])
  expect(shown.at(-1)).toBe('the end')
})

test.each([
  'x',
  'sk-',
  'gh',
  '-eyJaaaaaaaa',
  'eyJaaaaaaaa.',
  '-----BEGIN PRIVATE KEY-----',
  'x:',
  'x://',
  '?pass',
  '?pass=',
  'a@',
  'password=',
  ' ',
  ';pwd=',
  'redis-cli ',
  'redis-cli -a',
  'mysql -',
  ' -u a',
  ' -u a:',
  '--password" ',
  'AUTH ',
  'set -x ',
  'password ',
  '--cookie a',
])('a text of a million characters of %j is cut, and redacted quickly', (piece) => {
  expect(redact(piece.repeat(1_000_000 / piece.length)).length).toBeLessThan(10_000)
})

test('a long text that is cut inside a login does not show a part of the login', () => {
  const text = `${'word '.repeat(798)}redis://u:hunter2hunter2hunter2@h and more`
  expect(redact(text)).not.toContain('hunter2')
})

test('a store name of a million characters is refused with a short message', async () => {
  const { pool } = makePool({ clock: systemClock, host: memoryHost(), metadata: { store: 'memory' } })
  await pool.start()
  const refused = await pool.switchStore('x'.repeat(1_000_000)).catch((error: unknown) => error)
  expect(refused).toMatchObject({ code: expect.stringMatching(/^CONFIG_/) })
  expect(String(refused).length).toBeLessThan(5000)
})

test('an error redacts credentials in its message, its context and its causes', () => {
  const driver = Object.assign(
    new AggregateError([new Error('redis://u:hunter2@a')], 'all of redis://u:hunter2@h failed'),
    {
      code: 'ECONNREFUSED',
      command: { args: ['AUTH', 'password=hunter2'] },
    },
  )
  const error = new StoreError('STORE_UNAVAILABLE', 'open() failed: redis://u:hunter2@h', {
    cause: new Error('outer', { cause: driver }),
    context: { uri: 'redis://u:hunter2@h', list: ['token=hunter2'] },
  })
  expect(inspect(error, { depth: 10 })).not.toContain('hunter2')
  expect(error.message).toBe('open() failed: redis://***@h')
  expect((error.cause as Error).cause).toMatchObject({ message: 'all of redis://***@h failed', code: 'ECONNREFUSED' })
})

test('an error shows no arguments of a program that could not be started, and no login of a command that failed', () => {
  const spawned = Object.assign(new Error('spawn redis-cli ENOENT'), {
    ...{ code: 'ENOENT', path: 'redis-cli', spawnargs: ['-a', 'hunter2', 'ping'] },
  })
  const refused = Object.assign(new Error('WRONGPASS invalid username-password pair'), {
    command: { name: 'auth', args: ['default', 'hunter2'] },
  })
  const cause = new AggregateError([spawned, refused], 'both failed')
  const error = new StoreError('STORE_UNAVAILABLE', 'x', {
    ...{ cause, context: { argv: ['redis-cli', '-a', 'hunter2'], place: { command: ['mysql', '-phunter2', 'db'] } } },
  })
  expect(inspect(error, { depth: 10 })).not.toContain('hunter2')
  expect(error.context).toEqual({ argv: ['redis-cli', '-a', '***'], place: { command: ['mysql', '-p***', 'db'] } })
  expect(inspect(new StoreError('STORE_UNAVAILABLE', 'x', { cause: spawned }), { depth: 10 })).not.toContain('hunter2')
})

test('a login is masked however deep it is, in causes and in fields', () => {
  let [error, value]: [Error, unknown] = [new Error('redis://u:hunter2@h'), 'redis://u:hunter2@h']
  for (let level = 0; level < 300; level += 1) [error, value] = [new Error('outer', { cause: error }), [{ value }]]
  const shown = new StoreError('STORE_UNAVAILABLE', 'x', { cause: error, context: { value } })
  expect(inspect(shown, { depth: 1000 })).not.toContain('hunter2')
})

test('a value that contains itself, or one value many times, is redacted once', () => {
  const circular: Record<string, unknown> = { uri: 'redis://u:hunter2@h' }
  circular.self = circular
  let shared: unknown = 'redis://u:hunter2@h'
  for (let level = 0; level < 100; level += 1) shared = [shared, shared]
  const cause = new Error('x')
  cause.cause = cause
  const { context } = new StoreError('STORE_UNAVAILABLE', 'x', { cause, context: { circular, shared } })
  expect(inspect(context, { depth: 20, maxArrayLength: 1 })).not.toContain('hunter2')
  expect(context).toMatchObject({ circular: { uri: 'redis://***@h' } })
})

test('a long message of an error is cut before it is searched, and no login behind the cut is shown', () => {
  const cause = new Error(`${'x'.repeat(5_000_000)} redis://u:hunter2@h`)
  const error = new StoreError('STORE_UNAVAILABLE', 'x', { cause })
  expect(inspect(error, { depth: 10 })).not.toContain('hunter2')
  expect((error.cause as Error).message.length).toBeLessThan(5000)
})

test('what is too much for an error is left out', () => {
  const cause = Object.assign(new Error('x'), { code: 'EIO', data: Array.from({ length: 2000 }, () => 'hunter2') })
  const context = { some: [1], many: Array.from({ length: 2000 }, () => 1) }
  const error = new StoreError('STORE_UNAVAILABLE', 'x', { cause, context })
  expect(inspect(error, { depth: 10 })).not.toContain('hunter2')
  expect(error).toMatchObject({ cause: { code: 'EIO' }, context: { some: [1], many: '…' } })
})

test('the error of a client is passed on without the client and its requests', () => {
  class Headers {
    readonly authorization = 'hunter2'
  }
  const cause = Object.assign(new Error('refused'), {
    ...{ code: 'ERR_BAD_REQUEST', config: { headers: new Headers() }, url: new URL('redis://u:hunter2@h') },
  })
  const error = new StoreError('STORE_UNAVAILABLE', 'x', { cause, context: { url: new URL('redis://u:hunter2@h') } })
  expect(inspect(error, { depth: 10 })).not.toContain('hunter2')
  expect(error.cause).toMatchObject({ message: 'refused', code: 'ERR_BAD_REQUEST' })
  expect(error.context.url).toBe('redis://***@h')
})

const LETTERS = 'aB3dE6gH9'.repeat(10)
test.each([
  ...['sk_live_', 'rk_test_', 'xapp-1-A', 'AIza', 'ya29.', 'npm_', 'hf_', 'gsk_', 'xai-', 'pplx-', 'r8_', 'pypi-AgE'],
  ...['hvs.', 'dop_v1_', 'dckr_pat_', 'shpat_', 'lin_api_', 'ntn_', 'figd_', 'tskey-auth-', 'glrt-', '123456789:AA'],
  ...[
    'SG.aB3dE6gH9aB3dE6gH9.',
    'MaB3dE6gH9aB3dE6gH9aB3dE.aB3dE6.',
    'https://hooks.slack.com/services/T0/B0/',
    'aB38Q~',
  ],
])('a token that begins with %s is masked', (beginning) => {
  const token = `${beginning}${LETTERS.slice(0, 40)}`
  for (const text of [token, `with "${token}", said the agent`, JSON.stringify({ said: [token] })])
    expect(redact(text)).not.toContain(LETTERS.slice(0, 40))
})

test.each([
  'npm_config_registry_of_the_user',
  'hf_hub_download_of_a_model',
  'sk-short',
  'AIza',
  'tokens: { input: 1 }',
])('%s is no credential', (text) => {
  expect(redact(text).replace(/: \*{3}$/, ': { input: 1 }')).toBe(text)
})

test('a cause without credentials is not copied', () => {
  const cause = Object.assign(new TypeError('no such host'), { code: 'ENOTFOUND', hostname: 'h' })
  expect(new StoreError('STORE_UNAVAILABLE', 'x', { cause }).cause).toBe(cause)
})

test('a line with an error that cannot be read is logged without it', () => {
  const log = recordingLogger()
  const err = Object.defineProperty(new Error('x'), 'stack', {
    get: () => {
      throw new Error('hands off')
    },
  })
  safeLogger(log.logger).warn({ err, store: 'own' }, 'lost')
  expect(log.lines).toMatchObject([{ message: 'lost', fields: { err: 'x', store: 'own' } }])
})

test('the logger redacts messages and fields', () => {
  const log = recordingLogger()
  const fields = { err: new Error('redis://u:hunter2@h'), detail: 'Bearer hunter2', names: ['a'], at: new Map() }
  safeLogger(log.logger).warn(fields, 'lost redis://u:hunter2@h')
  expect(inspect(log.lines, { depth: 10 })).not.toContain('hunter2')
  expect(log.lines[0]).toMatchObject({ message: 'lost redis://***@h', fields: { names: ['a'], at: fields.at } })
})
