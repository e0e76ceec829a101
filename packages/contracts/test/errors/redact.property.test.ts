import fc from 'fast-check'
import { expect, test } from 'vitest'
import { redact, redactValue } from '../../src/errors/redact.ts'

/** A secret of characters that no notation has to quote. Its beginning is in no other text. */
const secret = fc.stringMatching(/^[A-Za-z0-9+/_.~$%^!*-]{6,30}$/).map((text) => `S3cr3t${text}`)
/** A secret with characters that have to be quoted, without quotes of its own. */
const quotable = fc.stringMatching(/^[A-Za-z0-9 ,;:=#{}[\]]{6,30}$/).map((text) => `S3cr3t${text}`)

const NOTATIONS = [
  'password=§',
  'PASSWORD = §',
  'PGPASSWORD=§ psql -h h',
  'password: §',
  'a: 1\n  password: §\nb: 2',
  'password: § # of the bot',
  'password: |\n  §\nb: 2',
  '- token: §',
  'api_key: §',
  'access-token: §',
  'passphrase: §',
  '"password": 123, "token": §',
  'AccountKey=§;x',
  'Password=§;Server=x',
  '--password §',
  '--api-key=§',
  'X-Api-Key: §',
  'x-auth-token: §',
  'AWS_SECRET_ACCESS_KEY=§',
  'Authorization: Bearer §',
  'authorization: token §',
  '"Authorization":"Bearer §"',
  'sent Bearer § to h',
  'Cookie: session=§',
  'https://h/c?sig=§',
  'https://h/c?x=1&sig=§&y=2',
  'https://h/c?X-Amz-Signature=§',
  'SharedAccessSignature=sr=§',
  'sig=§',
  '?access_token=§',
  'redis://:§@h:6379',
  'redis://u:§@h is down',
  '`redis://u:§@h`',
  '"redis://u:§@h"',
  '//registry.npmjs.org/:_authToken=§',
  'curl -H "X-Api-Key: §"',
  // Commands, as a message, a screen or a log line shows them.
  'redis-cli -h h -a § ping',
  'Command failed: redis-cli -a § ping',
  'REDISCLI_AUTH=§ redis-cli',
  'redis-cli --pass §',
  'mysql -p§ db',
  'mysqldump -h h -u root -p§ db',
  'sudo mariadb -p§',
  'mysqladmin -u root password §',
  'MYSQL_PWD=§ mysql',
  'curl -u a:§ https://h',
  'curl -ua:§ https://h',
  'curl --user a:§ https://h',
  'curl --user=a:§ https://h',
  'curl --proxy-user a:§ https://h',
  'curl -b session=§ https://h',
  'http -a a:§ h',
  'etcdctl --user root:§ get',
  'smbclient -U a%§',
  'sshpass -p § ssh h',
  'sshpass -p§ ssh h',
  'mongosh -u a -p §',
  'docker login -u a -p §',
  'ldapsearch -D x -w §',
  'sqlcmd -U sa -P §',
  'unzip -P § x.zip',
  'openssl enc -k §',
  'openssl enc -pass pass:§',
  'kubectl create secret generic a --from-literal=k=§',
  'aws configure set aws_secret_access_key §',
  'setenv PGPASSWORD §',
  'set -x PGPASSWORD §',
  'vault login §',
  'AUTH §',
  'HELLO 3 AUTH default §',
  'config set requirepass §',
  '["redis-cli","-a","§","ping"]',
  '["mysql","-p§","db"]',
  '["curl","-u","a:§"]',
  '["psql","--password","§"]',
  '{"cmd":"redis-cli -a § ping"}',
  // What pages of stores say how to make users.
  'ACL SETUSER gateway on >§ resetkeys',
  'etcdctl user add gateway:§',
  'machine h login a password §',
  // Names of options, lists and objects, and the notations of other languages.
  'stampKey: §',
  'encryption_key=§',
  "Map(1) { 'password' => '§' }",
  'password := "§"',
  'passwords: [§]',
  '{"password":{"value":"§"}}',
  '<password>§</password>',
  '//a:§@h',
  'redis//a:§@h',
  'Authorization: Digest username="a", response="§"',
  // Lines of a screen, and values beside or below their name.
  'curl -sSu a:§ https://h',
  'agent --password \\\n  §',
  'PASSWORD=\\\n§',
  '+password: §',
  'a.yml:3:password: §',
  '│ password: § │',
  'AZURE_STORAGE_KEY=§',
  'AZURE_STORAGE_KEY: §',
  'AWS Secret Access Key [None]: §',
  'Environment=DB_PASSWORD=§',
  'ENV["TOKEN"] = "§"',
  'secrets:\n  - §\na: b',
  '"secret": {\n  "value": "§"\n}',
  '- value: §\n  name: DB_PASSWORD',
  '{"Name":"DB_PASSWORD","Type":"a","Value":"§"}',
  '<password a="b">§</password>',
  "rawHeaders: ['X-Auth-Token', '§']",
  "[['x-api-key', '§']]",
] as const

test.each(NOTATIONS)('a secret is masked in the notation %j', (notation) => {
  fc.assert(
    fc.property(secret, (value) => {
      const shown = redact(notation.replace('§', () => value))
      expect(shown).not.toContain('S3cr3t')
      expect(redact(shown)).toBe(shown)
    }),
  )
})

test.each([
  ...['password=', 'password: ', '"password": ', "{ 'apiKey' : ", 'client_secret = ', '--token '],
  ...['redis-cli -a ', 'mysql -p', 'sshpass -p ', 'ldapsearch -w ', 'IDENTIFIED BY ', 'ALTER ROLE a PASSWORD '],
])('a secret in any quotes is masked after %j', (before) => {
  fc.assert(
    fc.property(
      quotable,
      fc.constantFrom('"', "'", '`'),
      fc.constantFrom('', ' end', '}', ', "a": 1'),
      (value, quote, after) => {
        expect(redact(`${before}${quote}${value}${quote}${after}`)).not.toContain('S3cr3t')
      },
    ),
  )
})

test('a secret in JSON is masked, also in JSON within JSON, and also when the text ends within it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.nat(2), fc.nat(20), (rest, depth, cut) => {
      let text = JSON.stringify({ a: 1, password: `S3cr3t${rest.replaceAll(/["'`\\]/g, '')}`, b: [2] })
      for (let at = 0; at < depth; at += 1) text = JSON.stringify(text)
      expect(redact(text)).not.toContain('S3cr3t')
      const end = text.indexOf('S3cr3t') + 6
      expect(redact(text.slice(0, end + Math.min(cut, rest.length)))).not.toContain('S3cr3t')
    }),
  )
})

test('a secret of JSON may have quotes and backslashes', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, other) => {
      const shown = redact(JSON.stringify({ password: `${one}"S3cr3t${other}`, b: 2 }))
      expect(shown).not.toContain('S3cr3t')
    }),
  )
})

test('a text in a field whose name sounds secret is masked, also in a list or an object there', () => {
  const given = {
    ...{ password: 'hunter2', list: [{ apiKey: 'hunter2', n: 1 }], tokens: 3, passed: true, user: 'u' },
    ...{ secrets: ['hunter2', { value: 'hunter2', size: 7 }], usage: { tokens: { input: 1, output: 2 } } },
  }
  expect(redactValue(given)).toEqual({
    password: '***',
    list: [{ apiKey: '***', n: 1 }],
    secrets: ['***', { value: '***', size: 7 }],
    usage: { tokens: { input: 1, output: 2 } },
    tokens: 3,
    passed: true,
    user: 'u',
  })
})

test.each([
  ['redis-cli -h h -a § ping'],
  ['mysql -p§ db'],
  ['sudo curl -u a:§ https://h'],
  ['psql --password § -h h'],
  ['env PGPASSWORD=§ psql'],
  ['docker exec c redis-cli -a § ping'],
  ['config set requirepass §'],
])('a secret is masked in the words of the command %j', (command) => {
  fc.assert(
    fc.property(quotable, fc.constantFrom('', '"', "'", '`'), (value, quote) => {
      const words = command.split(' ').map((word) => word.replace('§', () => `${quote}${value}${quote}`))
      const shown = redactValue(words) as string[]
      expect(JSON.stringify(shown)).not.toContain('S3cr3t')
      expect(shown).toHaveLength(words.length)
      expect(redactValue(shown)).toBe(shown)
    }),
  )
})

test('any text is redacted quickly, and twice is once', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
      const shown = redact(text)
      expect(redact(shown)).toBe(shown)
    }),
  )
})
