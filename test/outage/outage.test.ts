import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Server } from '../../packages/store-keyv/test/support/server.ts'
import { FAULTS, takeAway } from './faults.ts'
import { runOutage } from './run-outage.ts'
import { ENGINE_NAMES, ENGINES } from './servers.ts'

const SECONDS = 2.4
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
    { timeout: 90_000 },
    async ([, fault]) => {
      await server.start()
      const { load, wasDegraded, wrong } = await runOutage({
        uri: engine.uri(server.port),
        fault,
        takeDown: () => server.kill(),
        takeAway: () => takeAway(server, fault, SECONDS),
        sessions: 100,
        perSecond: 500,
        seconds: SECONDS,
        metadata: { flushIntervalMs: 50, callTimeoutMs: 600, maxRetryMs: 400, attachTimeoutMs: 500 },
        timeoutMs: 800,
        patienceMs: 60_000,
      })
      expect(load.failures).toEqual([])
      expect(wrong).toEqual([])
      expect(wasDegraded).toBe(true)
    },
  )
})
