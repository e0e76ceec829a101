import { afterEach } from 'vitest'
import { createSessionPool, type MetadataOptions, type SessionPool, type SessionPoolOptions } from '../../src/index.ts'
import { recordingLogger } from './log.ts'

/** Short intervals, so that what happens in the background happens within a test. */
const QUICK: MetadataOptions = {
  flushIntervalMs: 10,
  callTimeoutMs: 60,
  attachTimeoutMs: 200,
  saveTimeoutMs: 500,
  ackTimeoutMs: 50,
  maxRetryMs: 20,
  lockRetryMs: 10,
}

const open = new Set<SessionPool>()
afterEach(async () => {
  for (const pool of open) await pool.stop({ timeoutMs: 200 })
  open.clear()
})

/** A pool with short intervals and a quiet log, stopped after the test. */
export function makePool(options: SessionPoolOptions<Record<string, unknown>>) {
  const log = recordingLogger()
  const pool = createSessionPool({
    logger: log.logger,
    livenessIntervalMs: 20,
    ...options,
    metadata: { ...QUICK, ...options.metadata },
  })
  open.add(pool as unknown as SessionPool)
  return { pool, log }
}
