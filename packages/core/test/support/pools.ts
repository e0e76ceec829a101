import { systemClock } from '@sessionkeep/contracts/internal'
import { onTestFinished } from 'vitest'
import { createSessionPool, type MetadataOptions, type SessionPoolOptions } from '../../src/index.ts'
import type { VirtualClock } from '../../src/testing.ts'
import { recordingLogger } from './log.ts'
import { clock } from './time.ts'

/** Short intervals, so that the work of the background happens within a test. */
const INTERVALS: MetadataOptions = { flushIntervalMs: 10, maxRetryMs: 20, lockRetryMs: 10 }
/** Short time-outs, which only virtual time allows: in real time a busy machine would exceed them. */
const TIMEOUTS: MetadataOptions = { callTimeoutMs: 60, attachTimeoutMs: 200, saveTimeoutMs: 500, ackTimeoutMs: 50 }

/**
 * A pool in virtual time with short intervals and a quiet log, stopped after the test. A test that waits for real I/O,
 * such as the import of a plug-in, gives `systemClock`.
 */
export function makePool(options: SessionPoolOptions<Record<string, unknown>>) {
  const log = recordingLogger()
  const pool = createSessionPool({
    clock,
    logger: log.logger,
    livenessIntervalMs: 20,
    ...options,
    metadata: { ...INTERVALS, ...(options.clock === systemClock ? {} : TIMEOUTS), ...options.metadata },
  })
  onTestFinished(async () => {
    const stopping = pool.stop({ timeoutMs: 200 })
    // The time of a clock that does not flow has to pass, also after a test that failed.
    const { clock: own } = options
    if (own && own !== clock && 'advance' in own) await (own as VirtualClock).advance(60_000)
    await stopping
  })
  return { pool, log }
}
