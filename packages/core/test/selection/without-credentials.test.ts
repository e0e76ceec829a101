import { afterEach, expect, test, vi } from 'vitest'
import { memoryHost } from '../../src/index.ts'
import { withoutCredentials } from '../../src/selection/without-credentials.ts'
import { makePool } from '../support/pools.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

test('credentials in the flag show neither in the error, nor in its context, nor in persistence()', async () => {
  vi.stubEnv('SESSIONKEEP_STORE', 'redis://user:hunter2@host:6379')
  const { pool } = makePool({ host: memoryHost() })
  const error: unknown = await pool.start().catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(Error)
  const { message, stack, context } = error as Error & { context: unknown }
  expect(JSON.stringify([message, stack, context, pool.persistence().desired])).not.toContain('hunter2')
})

test.each([
  ['redis://u:p@h:1/0', 'redis://***@h:1/0'],
  ['postgres://u:p/w@x@h/db?sslmode=on&password=p', 'postgres://***@h/db?sslmode=on&password=***'],
  ['cannot reach redis://u:p@h and redis://h2', 'cannot reach redis://***@h and redis://h2'],
  ['u:p@h', '***@h'],
  ['Server=tcp:x;Password=p;Port=1', 'Server=tcp:x;Password=***;Port=1'],
  ["host=h password='p w' user=u", 'host=h password=*** user=u'],
  ['AccountName=a;AccountKey=p==;', 'AccountName=a;AccountKey=***;'],
  ['the key = 5 and the compass', 'the key = 5 and the compass'],
  ['@acme/store', '@acme/store'],
  ['/srv/a@b/store.mjs', '/srv/a@b/store.mjs'],
  ['file:///srv/store.mjs', 'file:///srv/store.mjs'],
])('%s is shown as %s, and shown again as the same', (text, shown) => {
  expect(withoutCredentials(text)).toBe(shown)
  expect(withoutCredentials(shown)).toBe(shown)
})
