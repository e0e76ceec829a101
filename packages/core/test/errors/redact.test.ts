import { afterEach, expect, test, vi } from 'vitest'
import { redact } from '../../src/errors/redact.ts'
import { memoryHost } from '../../src/index.ts'
import { makePool } from '../support/pools.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

test.each(['redis://user:hunter2@host:6379', 'Server=tcp:x;Password=hunter2;'])(
  'credentials of %s show neither in the error, nor in its context, nor in what the pool says',
  async (store) => {
    vi.stubEnv('SESSIONKEEP_STORE', store)
    const { pool } = makePool({ host: memoryHost() })
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
])('%s is shown as %s, and shown again as the same', (text, shown) => {
  expect(redact(text)).toBe(shown)
  expect(redact(shown)).toBe(shown)
})

test.each(['x', 'x:', 'x://', '?pass', '?pass=', 'a@', 'password=', ' ', ';pwd='])(
  'a text of a million characters of %j is cut, and stops nobody',
  (piece) => {
    expect(redact(piece.repeat(1_000_000 / piece.length)).length).toBeLessThan(10_000)
  },
)

test('a login at which a long text is cut is not told by half', () => {
  const text = `${'word '.repeat(798)}redis://u:hunter2hunter2hunter2@h and more`
  expect(redact(text)).not.toContain('hunter2')
})

test('a name of a million characters is refused at once', async () => {
  const { pool } = makePool({ host: memoryHost(), metadata: { store: 'memory' } })
  await pool.start()
  const refused = await pool.switchStore('x'.repeat(1_000_000)).catch((error: unknown) => error)
  expect(refused).toMatchObject({ code: expect.stringMatching(/^CONFIG_/) })
  expect(String(refused).length).toBeLessThan(5000)
})
