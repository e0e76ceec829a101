import { expect, test } from 'vitest'
import { redact, redactValue } from '../../src/errors/redact.ts'

const S = 'S3cr3tVal9xQ'

/** Masks a text, and makes sure that masking that again changes nothing. */
function shownOf(text: string): string {
  const shown = redact(text)
  expect(redact(shown)).toBe(shown)
  return shown
}

test.each([
  [`agent --password \\\n  ${S}`, 'agent --password \\\n  ***'],
  [`$ mysql --user root \\\n>   --password \\\n>   ${S}`, '$ mysql --user root \\\n>   --password \\\n>   ***'],
  [`mysql -u root \\\r\n  -p${S} db`, 'mysql -u root \\\r\n  -p*** db'],
  [`PASSWORD=\\\n${S}`, 'PASSWORD=\\\n***'],
  [`curl -H "Authorization: Bearer \\\n${S}" x`, 'curl -H "Authorization: Bearer \\\n***" x'],
  [`redis-cli -h h \\\n  -a ${S} \\\n  ping`, 'redis-cli -h h \\\n  -a *** \\\n  ping'],
  [
    JSON.stringify({ cmd: `agent --password \\\n  ${S} \\\n  x` }),
    JSON.stringify({ cmd: 'agent --password \\\n  *** \\\n  x' }),
  ],
  ['docker run \\\n  -p 8080:80 \\\n  image', 'docker run \\\n  -p 8080:80 \\\n  image'],
  ['mysql -u root -p \\\n  db # password', 'mysql -u root -p \\\n  db # password'],
  ['$ agent --password \\', '$ agent --password \\'],
  ['a\u2004password \\\nis missing', 'a password \\\nis missing'],
])('in lines that a backslash continues, %j is masked as %j', (text, shown) => {
  expect(shownOf(text)).toBe(shown)
})

test.each([
  [`curl -su a:${S} https://h`, 'curl -su *** https://h'],
  [`curl -sSLu 'a:${S} b' https://h`, 'curl -sSLu *** https://h'],
  [`curl -sSua:${S} https://h`, 'curl -sSu*** https://h'],
  [`curl -kU a:${S} https://h`, 'curl -kU *** https://h'],
  [`curl -sb sid=${S} https://h`, 'curl -sb *** https://h'],
  ['curl -sSL -o out https://h/ub', 'curl -sSL -o out https://h/ub'],
  ['curl -sSfL --url https://h -H a:b', 'curl -sSfL --url https://h -H a:b'],
  ['curl -sX PUT https://h -dub', 'curl -sX PUT https://h -dub'],
])('in options of curl in one word, %j is masked as %j', (text, shown) => {
  expect(shownOf(text)).toBe(shown)
  const words = text.replaceAll("'", '').split(' ')
  expect(JSON.stringify(redactValue(words))).not.toContain('S3cr3t')
})

test.each([
  ['Name', 'Value'],
  ['NAME', 'VALUE'],
  ['Key', 'Value'],
  ['ParameterKey', 'ParameterValue'],
  ['option', 'value'],
])('the value of an object with the fields %s and %s is masked, also as text and in any order', (name, value) => {
  expect(redactValue({ [name]: '--db-password', [value]: S })).toEqual({ [name]: '--db-password', [value]: '***' })
  const other = { [name]: 'DB_HOST', [value]: 'h' }
  expect(redactValue(other)).toBe(other)
  for (const given of [
    { [name]: '--db-password', [value]: S },
    { [value]: S, [name]: '--db-password' },
    { [name]: 'DB_PASSWORD', Type: 'SecureString', [value]: S },
    { [value]: S, Type: 'SecureString', [name]: 'DB_PASSWORD' },
  ])
    for (const text of [JSON.stringify([given, other]), JSON.stringify([other, given], undefined, 2)]) {
      expect(shownOf(text)).toBe(text.replace(`"${S}"`, '***'))
      expect(shownOf(JSON.stringify(text))).not.toContain('S3cr3t')
    }
})

test.each([
  [
    `- value: ${S}\n  name: DB_PASSWORD\n- value: h\n  name: DB_HOST`,
    '- value: ***\n  name: DB_PASSWORD\n- value: h\n  name: DB_HOST',
  ],
  [`- name: DB_PASSWORD\n  type: env\n  value: ${S}`, '- name: DB_PASSWORD\n  type: env\n  value: ***'],
  [`<add key="Password" type="a" value="${S}"/>`, '<add key="Password" type="a" value=***/>'],
  [`{"Name":"/prod/db/password","Type":"a","Value":"${S}"}`, '{"Name":"/prod/db/password","Type":"a","Value":***}'],
  ...[
    '- name: A\n  value: b\n- name: DB_PASSWORD\n  valueFrom: c',
    '- name: DB_PASSWORD\n  valueFrom: c\n- name: A\n  value: b',
    '{"name":"A","value":"b"},{"name":"DB_PASSWORD"}',
    '{"name":"DB_PASSWORD"},{"name":"A","value":"b"}',
    '{"name":"DB_PASSWORD","name":"A","value":"b"}',
    'the flags "--token", "value" and others',
  ].map((text) => [text, text.replace('"value" and', '*** and')]),
])('of names and values in two fields, %j is masked as %j', (text, shown) => {
  expect(shownOf(text)).toBe(shown)
})

test.each([
  [`+password: ${S}\n-password: ${S}`, '+password: ***\n-password: ***'],
  [`+  "password": "${S}",\n+PASSWORD=${S}`, '+  "password": ***,\n+PASSWORD=***'],
  [`3:password: ${S}\n4-api_key: ${S}`, '3:password: ***\n4-api_key: ***'],
  [`config.yml:3:password: ${S}\nconfig.yml:4:TOKEN=${S}`, 'config.yml:3:password: ***\nconfig.yml:4:TOKEN=***'],
  [`config.yml:3:7:password: ${S}`, 'config.yml:3:7:password: ***'],
  [`│ password: ${S} │`, '│ password: *** │'],
  [`│password: ${S}  ┃ port: 1 ┃`, '│password: ***  ┃ port: 1 ┃'],
  [`║ --password ${S} ║`, '║ --password *** ║'],
  ...[
    '+password: must be text',
    '3:password: must be text',
    'src/token.ts:12:3 - an error',
    'src/token.ts:12:tokenizer: bpe',
    'password: string | undefined',
    '│ password │ must be text │',
    '+const passed: number = 12',
    '12:30:45 password: must be text',
  ].map((text) => [text, text]),
])('in lines of a screen, %j is masked as %j', (text, shown) => {
  expect(shownOf(text)).toBe(shown)
})

const KEYS = ['AZURE_STORAGE_KEY', 'OPENAI_KEY', 'STRIPE_KEY', 'FERNET_KEY', 'SUPABASE_SERVICE_ROLE_KEY']

test.each([...KEYS, 'NEW_RELIC_LICENSE_KEY', 'AIRFLOW__CORE__FERNET_KEY', 'HMAC_KEY'])(
  'a key in the variable %s is masked',
  (name) => {
    expect(redactValue({ [name]: S })).toEqual({ [name]: '***' })
    expect(redactValue(['docker', '-e', `${name}=${S}`])).toEqual(['docker', '-e', `${name}=***`])
    for (const before of ['', 'export ', '-e ', '+', '3:', 'a.env:3:', '│ ', 'Environment='])
      expect(shownOf(`${before}${name}=${S}`)).toBe(`${before}${name}=***`)
    expect(shownOf(`env:\n  ${name}: ${S}\n  A: b`)).toBe(`env:\n  ${name}: ***\n  A: b`)
    expect(shownOf(`{"${name}":"${S}","A":"b"}`)).toBe(`{"${name}":***,"A":"b"}`)
    expect(shownOf(`- name: ${name}\n  value: ${S}`)).toBe(`- name: ${name}\n  value: ***`)
    expect(shownOf(`${name}="${S} b" run`)).toBe(`${name}=*** run`)
  },
)

test.each([
  ...['PRIMARY_KEY', 'SORT_KEY', 'VAPID_PUBLIC_KEY', 'FOREIGN_KEY', 'CACHE_KEY', 'KEYBOARD', 'KEY_COUNT', 'HOT_KEY'],
  ...['A_KEYBOARD', 'azure_storage_key', 'storageKey', 'A_KEY_ID'],
])('a key that is no secret is shown in %s', (name) => {
  for (const text of [`${name}=id`, `${name}: id`, `{"${name}":"id"}`, `- name: ${name}\n  value: id`])
    expect(redact(text)).toBe(text)
  const given = { [name]: 'id' }
  expect(redactValue(given)).toBe(given)
})

test.each([
  [`Ocp-Apim-Subscription-Key: ${S}`, 'Ocp-Apim-Subscription-Key: ***'],
  [`curl -H 'ocp-apim-subscription-key: ${S}' h`, "curl -H 'ocp-apim-subscription-key: ***' h"],
  [`API Key: ${S}`, 'API Key: ***'],
  [`Secret Access Key: ${S}`, 'Secret Access Key: ***'],
  [`AWS Secret Access Key [None]: ${S}`, 'AWS Secret Access Key [None]: ***'],
  [`AWS Secret Access Key [****************MPLE]: ${S}`, 'AWS Secret Access Key [****************MPLE]: ***'],
  ...[
    'AWS Access Key ID [None]: a',
    'API key: see the vault of the team',
    'the API key of the bot is missing',
    'password [optional]: string',
    "const THEME_STORAGE_KEY = 'theme'",
    'if (e.HOME_KEY === x)',
    'const A_KEY: unique symbol = Symbol()',
  ].map((text) => [text, text]),
])('of keys in a line, %j is masked as %j', (text, shown) => {
  expect(shownOf(text)).toBe(shown)
})

test.each([
  [`[Service]\nEnvironment=DB_PASSWORD=${S}\nUser=a`, '[Service]\nEnvironment=DB_PASSWORD=***\nUser=a'],
  [`os.environ['TOKEN'] = '${S}'`, "os.environ['TOKEN'] = ***"],
  [`ENV["TOKEN"]="${S}" run`, 'ENV["TOKEN"]=*** run'],
  [`{"cmd":"ENV[\\"TOKEN\\"]=\\"${S}\\" run"}`, '{"cmd":"ENV[\\"TOKEN\\"]=*** run"}'],
  [`<password encrypted="no">${S}</password>`, '<password encrypted="no">***</password>'],
  [
    `{\n  "secret": {\n    "value": "${S}",\n    "size": 7\n  },\n  "a": "b"\n}`,
    '{\n  "secret": {\n    "value": ***,\n    "size": 7\n  },\n  "a": "b"\n}',
  ],
  [`"secret": {\n  "value": "${S}`, '"secret": {\n  "value": ***'],
  [`"tokens": [\n  "${S}",\n  "${S}}"\n],\n"a": "b"`, '"tokens": [\n  ***,\n  ***\n],\n"a": "b"'],
  [`secrets:\n  - ${S}\n  - "${S} b" # c\na:\n  - b`, 'secrets:\n  - ***\n  - *** # c\na:\n  - b'],
  [`secret:\n  value: ${S}\n  size: 7`, 'secret:\n  value: ***\n  size: 7'],
  [`rawHeaders: [ 'X-Auth-Token', '${S}', 'Host', 'h' ]`, "rawHeaders: [ 'X-Auth-Token', ***, 'Host', 'h' ]"],
  [`"rawHeaders":["Cookie","a=${S}","Host","h"]`, '"rawHeaders":["Cookie",***,"Host","h"]'],
  [`headers: [ [ 'x-api-key', '${S}' ], [ 'a', 'b' ] ]`, "headers: [ [ 'x-api-key', *** ], [ 'a', 'b' ] ]"],
  [`{"h":[["a","b"],["x-api-key","${S}"]]}`, '{"h":[["a","b"],["x-api-key",***]]}'],
  [`{"option":"--password","value":"${S}"}`, '{"option":"--password","value":***}'],
  ...[
    'tokens: {\n  input: 1,\n  output: 2\n}',
    'secretKeyRef:\n  name: a\n  key: b',
    'auth:\n  enabled: true',
    'tokens:\n  - name: a\n  - see the page',
    'allowedHeaders: [ "authorization", "content-type" ]',
    'fields: [ [ "name", "password", "mail" ] ]',
    '<input type="password" name="a">text</input>',
    'if (env["TOKENS_LEFT"]) return',
    'type=password name=a',
    '<passenger a="b">c</passenger>',
  ].map((text) => [text, text]),
])('of values that are nested or behind a name in quotes, %j is masked as %j', (text, shown) => {
  expect(shownOf(text)).toBe(shown)
})

test('pretty JSON within JSON is masked below a secret name only', () => {
  const text = JSON.stringify(JSON.stringify({ secret: { value: S, size: 7 }, a: 'b' }, undefined, 2))
  expect(shownOf(text)).not.toContain('S3cr3t')
  expect(shownOf(text)).toContain('\\n  \\"a\\": \\"b\\"\\n}"')
})

test('headers are masked in a list of names and values, and in a list of pairs', () => {
  expect(redactValue({ rawHeaders: ['X-Auth-Token', S, 'Host', 'h', 'Cookie', `a=${S}`] })).toEqual({
    rawHeaders: ['X-Auth-Token', '***', 'Host', 'h', 'Cookie', '***'],
  })
  const pairs = [
    ['x-api-key', S],
    ['a', 'b'],
  ]
  expect(redactValue({ headers: pairs })).toEqual({ headers: [['x-api-key', '***'], pairs[1]] })
  for (const given of [
    { rawHeaders: ['Host', 'h'] },
    { a: [['Host', 'h'], [1]] },
    { fields: ['password', 'name'] },
    { a: [] },
  ])
    expect(redactValue(given)).toBe(given)
  const circular: unknown[] = []
  circular.push(['token', circular])
  expect(JSON.stringify(redactValue(circular))).toContain('token')
})
