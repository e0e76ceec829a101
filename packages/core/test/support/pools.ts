import { afterEach } from 'vitest'
import { createSessionPool, type MetadataOptions, type SessionPool, type SessionPoolOptions } from '../../src/index.ts'
import type { VirtualClock } from '../../src/testing.ts'
import { recordingLogger } from './log.ts'

/** Short intervals, so that what happens in the background happens within a test. */
const QUICK: MetadataOptions = {
  flushIntervalMs: 10,
  callTimeoutMs: 1000,
  attachTimeoutMs: 3000,
  saveTimeoutMs: 5000,
  ackTimeoutMs: 1000,
  maxRetryMs: 20,
  lockRetryMs: 10,
}

const open = new Map<SessionPool, unknown>()
afterEach(async () => {
  for (const [pool, clock] of open) {
    const stopping = pool.stop({ timeoutMs: 200 })
    await (isVirtual(clock) ? clock.runUntil(stopping) : stopping)
  }
  open.clear()
})

const isVirtual = (clock: unknown): clock is VirtualClock =>
  typeof (clock as Partial<VirtualClock> | undefined)?.runUntil === 'function'

/** A pool with short intervals and a quiet log, stopped after the test. */
export function makePool(options: SessionPoolOptions<Record<string, unknown>>) {
  const log = recordingLogger()
  const pool = createSessionPool({
    logger: log.logger,
    livenessIntervalMs: 20,
    ...options,
    metadata: { ...QUICK, ...options.metadata },
  })
  open.set(pool as unknown as SessionPool, options.clock)
  return { pool, log }
}
