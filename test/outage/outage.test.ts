import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Server } from '../../packages/store-keyv/test/support/server.ts'
import { FAULTS, takeAway } from './faults.ts'
import { measuredMs, runOutage } from './run-outage.ts'
import { ENGINE_NAMES, ENGINES } from './servers.ts'

/** The time-out of a store call on a machine with nothing else to do, ms. */
const CALL_TIMEOUT_MS = 600
const REASONS = {
  killed: 'killed and started again',
  frozen: 'frozen and thawed',
  emptied: 'killed and started again without data',
  down: 'down when the pool starts',
}

describe.each(ENGINE_NAMES)('a pool on %s', (name) => {
  const engine = ENGINES[name]
  let server: Server
  beforeAll(async () => {
    if (engine.isThere) server = await engine.make()
  })
  afterAll(() => server?.remove())

  test.skipIf(!engine.isThere).for(FAULTS.map((fault) => [REASONS[fault], fault] as const))(
    'that is %s serves every request, and the store catches up with all of them',
    { timeout: 240_000 },
    async ([, fault]) => {
      await server.start()
      // A busy machine needs longer, and would take a server that works for one that is away.
      const callTimeoutMs = Math.max(CALL_TIMEOUT_MS, 10 * (await measuredMs(engine.uri(server.port))))
      const seconds = callTimeoutMs / 250
      const { load, wasDegraded, wrong } = await runOutage({
        uri: engine.uri(server.port),
        fault,
        takeDown: () => server.kill(),
        takeAway: () => takeAway(server, fault, seconds),
        sessions: 100,
        perSecond: 500,
        seconds,
        metadata: { flushIntervalMs: 50, callTimeoutMs, maxRetryMs: 400, attachTimeoutMs: callTimeoutMs },
        timeoutMs: callTimeoutMs + 200,
        patienceMs: 60_000,
      })
      expect(load.failures).toEqual([])
      expect(wrong).toEqual([])
      expect(wasDegraded).toBe(true)
    },
  )
})
