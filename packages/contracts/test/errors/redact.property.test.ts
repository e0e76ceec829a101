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

test.each(['password=', 'password: ', '"password": ', "{ 'apiKey' : ", 'client_secret = ', '--token '])(
  'a secret in any quotes is masked after %j',
  (before) => {
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
  },
)

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

test('a text in a field whose name sounds secret is masked', () => {
  const given = { password: 'hunter2', list: [{ apiKey: 'hunter2', n: 1 }], tokens: 3, passed: true, user: 'u' }
  expect(redactValue(given)).toEqual({
    password: '***',
    list: [{ apiKey: '***', n: 1 }],
    tokens: 3,
    passed: true,
    user: 'u',
  })
})

test('any text is redacted quickly, and twice is once', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
      const shown = redact(text)
      expect(redact(shown)).toBe(shown)
    }),
  )
})
