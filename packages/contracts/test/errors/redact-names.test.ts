import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { redact, redactValue } from '../../src/errors/redact.ts'
import { StoreError } from '../../src/errors/store-error.ts'

test('headers with a login are masked in a context, on a cause and as Node prints them', () => {
  const headers = {
    ...{ cookie: 'sid=hunter2', 'set-cookie': ['sid=hunter2; Path=/', 'b=hunter2'], authorization: 'hunter2' },
    ...{ 'Proxy-Authorization': 'hunter2', 'content-type': 'text/plain' },
  }
  const cause = Object.assign(new Error('Response status code 401'), { code: 'UND_ERR_RESPONSE', headers })
  const error = new StoreError('STORE_UNAVAILABLE', 'x', { cause, context: { headers } })
  expect(inspect(error, { depth: 10 })).not.toContain('hunter2')
  expect(error.context.headers).toEqual({
    ...{ cookie: '***', 'set-cookie': ['***', '***'], authorization: '***' },
    ...{ 'Proxy-Authorization': '***', 'content-type': 'text/plain' },
  })
  for (const text of [inspect({ headers }), inspect({ headers }, { compact: false }), JSON.stringify([headers, 1])]) {
    expect(redact(text)).not.toContain('hunter2')
    expect(redact(text)).toContain('text/plain')
    expect(redact(redact(text))).toBe(redact(text))
  }
})

test.each([
  ...['cookie', 'set-cookie', 'authorization', 'proxy-authorization', 'HTTP_COOKIE', 'db.password', 'a.b.c.apiKey'],
  ...['Client Secret', 'user[password]', 'KAFKA_LISTENER_NAME_INTERNAL_SSL_KEYSTORE_PASSWORD', 'client-key-data'],
  ...['ORG_GRADLE_PROJECT_sonatypeRepositoryStagingPassword', `${'long_'.repeat(20)}token`, 'APP_KEY', 'wpa-psk'],
])('a text in a field %s is masked, and so is the value of a variable or header of this name', (name) => {
  expect(redactValue({ [name]: 'hunter2', other: 'a' })).toEqual({ [name]: '***', other: 'a' })
  expect(redactValue([{ name, value: 'hunter2' }])).toEqual([{ name, value: '***' }])
})

test.each([
  ...['author', 'authorization_endpoint', 'keyboard', 'db.host', 'Client Name', 'user[name]', 'passed', 'secretary'],
  ...['compass', 'bypass', 'tokenizer', 'client-key', 'passenger'],
])('a text in a field %s is shown, and so is the value of a variable of this name', (name) => {
  const given = [{ [name]: 'hunter2' }, { name, value: 'hunter2' }]
  expect(redactValue(given)).toBe(given)
})

test.each([
  ["{ 'set-cookie': [ 'sid=p; Path=/', 'b=[p]p' ], a: 'b' }", "{ 'set-cookie': ***, a: 'b' }"],
  ['{"set-cookie":["sid=p"],"a":["b"]}', '{"set-cookie":***,"a":["b"]}'],
  ["'set-cookie': [\n    'sid=p',\n    'b=p'\n  ],\n  a: [ 'b' ]", "'set-cookie': ***,\n  a: [ 'b' ]"],
  ["Map(1) { 'cookie' => 'sid=p', 'a' => 'b' }", "Map(1) { 'cookie' => '***', 'a' => 'b' }"],
  ['{"authorization":["Basic p"],"a":["b"]}', '{"authorization":***,"a":["b"]}'],
  ["authorization: [ 'p' ], a: [ 'b' ]", "authorization: ***, a: [ 'b' ]"],
  ['cookies: [ 1, 2 ]', 'cookies: [ 1, 2 ]'],
  ['authors: [ "a" ]', 'authors: [ "a" ]'],
  ['{"db.password":"p","db.host":"h"}', '{"db.password":***,"db.host":"h"}'],
  [
    'spring.datasource.password: p\nspring.datasource.url: h',
    'spring.datasource.password: ***\nspring.datasource.url: h',
  ],
  [
    'java -jar a.jar --spring.datasource.password p --server.port 1',
    'java -jar a.jar --spring.datasource.password *** --server.port 1',
  ],
  ['"user[password]": "p", "user[name]": "a"', '"user[password]": ***, "user[name]": "a"'],
  ['user[password]=p', 'user[password]=***'],
  ['password.test.ts: works', 'password.test.ts: works'],
  ["IDENTIFIED WITH caching_sha2_password BY 'p' EXPIRE", 'IDENTIFIED WITH caching_sha2_password BY *** EXPIRE'],
  ["identified with 'x' by 'p' replace 'p'", "identified with 'x' by *** replace ***"],
  ["SET PASSWORD FOR 'a'@'%' = PASSWORD('p')", "SET PASSWORD FOR 'a'@'%' = PASSWORD(***)"],
  ["identified with a plugin, by 'a' user", "identified with a plugin, by 'a' user"],
  ['dial root:p@S@tcp(db:3306)/x: refused', 'dial ***@tcp(db:3306)/x: refused'],
  ['":S@cache:6379" is down', '"***@cache:6379" is down'],
  ['dial :S@cache:6379', 'dial ***@cache:6379'],
  ['image: nginx:1.2@sha256:0a1b', 'image: nginx:1.2@sha256:0a1b'],
  ['"a": "npm:b@4.2.3", <mailto:a@b>, mailto:a@b', '"a": "npm:b@4.2.3", <mailto:a@b>, mailto:a@b'],
  ['C:\\Users\\a\\node_modules\\@b\\c', 'C:\\Users\\a\\node_modules\\@b\\c'],
  [
    'KAFKA_LISTENER_NAME_INTERNAL_SSL_KEYSTORE_PASSWORD=p x',
    'KAFKA_LISTENER_NAME_INTERNAL_SSL_KEYSTORE_PASSWORD=*** x',
  ],
  [
    '-Dspring.datasource.hikari.data-source-properties.password=p x',
    '-Dspring.datasource.hikari.data-source-properties.password=*** x',
  ],
  [
    'https://login.example.com/oauth2/default/v1/callback#access_token=p',
    'https://login.example.com/oauth2/default/v1/callback#access_token=***',
  ],
  ['https://example.com/docs/token/of/the/user?page=2', 'https://example.com/docs/token/of/the/user?page=2'],
  [
    'https://h/x?keyboard=us&monkey=1&author=a&design=b&pw=p',
    'https://h/x?keyboard=us&monkey=1&author=a&design=b&pw=***',
  ],
  ['ETCDCTL_USER=root:p etcdctl get a', 'ETCDCTL_USER=root:*** etcdctl get a'],
  ['DOCKER_USER=1000:1000 docker run', 'DOCKER_USER=1000:1000 docker run'],
  [
    '- name: DB_PASSWORD\n  value: p\n- name: DB_HOST\n  value: h',
    '- name: DB_PASSWORD\n  value: ***\n- name: DB_HOST\n  value: h',
  ],
  [
    '{"name":"DB_PASSWORD","value":"p"},{"name":"A","value":"b"}',
    '{"name":"DB_PASSWORD","value":***},{"name":"A","value":"b"}',
  ],
  [
    "{ name: 'Authorization', value: 'p' }, { name: 'A', value: 'b' }",
    "{ name: 'Authorization', value: *** }, { name: 'A', value: 'b' }",
  ],
  [
    '<add key="Password" value="p"/><add key="A" value="b"/>',
    '<add key="Password" value=***/><add key="A" value="b"/>',
  ],
  ['<password value="p"/><port value="1"/>', '<password value=***/><port value="1"/>'],
  ['    client-key-data: LS0t\n    client-key: /etc/k', '    client-key-data: ***\n    client-key: /etc/k'],
  ['{User:admin Password:p q Host:db Token:p}', '{User:admin Password:*** Host:db Token:***}'],
  ['&{Db:{User:a Password:p} Password:p Host:db}', '&{Db:{User:a Password:***} Password:*** Host:db}'],
  ['map[password:p user:bob]', 'map[password:*** user:bob]'],
  ['map[user:bob password:p] and map[port:1]', 'map[user:bob password:***] and map[port:1]'],
  ['APP_KEY=base64:p', 'APP_KEY=***'],
  ['psk="p" ssid="a"', 'psk=*** ssid="a"'],
  ['oc login -u a -p p https://h', 'oc login -u a -p *** https://h'],
  ['az login --service-principal -u a -p p', 'az login --service-principal -u a -p ***'],
  ['tests passed: 12', 'tests passed: 12'],
  ['max_tokens=4096, tokens: 1532', 'max_tokens=4096, tokens: 1532'],
  ['tokens=4096abc', 'tokens=***'],
  ['PWD=/home/bob OLDPWD=/tmp', 'PWD=/home/bob OLDPWD=/tmp'],
  ['UID=a;PWD=/p;', 'UID=a;PWD=***;'],
  ['compass=1 passing=5 bypass: true', 'compass=1 passing=5 bypass: true'],
  ['secretary: bob\ntokenizer: "bpe"\npassenger: "Bob"', 'secretary: bob\ntokenizer: "bpe"\npassenger: "Bob"'],
])('%j is masked as %j, and masking that again changes nothing', (text, shown) => {
  expect(redact(text)).toBe(shown)
  expect(redact(shown)).toBe(shown)
})
