import { afterEach, expect, test, vi } from 'vitest'
import { memoryHost } from '../../src/index.ts'
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
