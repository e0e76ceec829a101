import fc from 'fast-check'
import { test } from 'vitest'
import { history } from './commands.ts'
import { runHistory } from './run-history.ts'

const { SESSIONKEEP_HISTORIES = '240', SESSIONKEEP_SEED, SESSIONKEEP_PATH, SESSIONKEEP_SHRINK } = process.env
const LANES = SESSIONKEEP_SEED === undefined ? 4 : 1
const histories = Math.ceil(Number(SESSIONKEEP_HISTORIES) / LANES)

/**
 * Replay: SESSIONKEEP_SEED=<seed> SESSIONKEEP_PATH=<path>, as the failure prints them. Timers are real, so a rare race may
 * take several replays. SESSIONKEEP_SHRINK=1 looks for a shorter history.
 */
test.concurrent.for(Array.from({ length: LANES }, (_, lane) => lane))(
  'whatever happens to a pool on the file store, nothing that was acknowledged is lost (lane %i)',
  { timeout: 120_000 + histories * 10_000 },
  async () => {
    await fc.assert(fc.asyncProperty(history, runHistory), {
      numRuns: histories,
      endOnFailure: SESSIONKEEP_SHRINK === undefined,
      ...(SESSIONKEEP_SEED === undefined ? {} : { seed: Number(SESSIONKEEP_SEED) }),
      ...(SESSIONKEEP_PATH === undefined ? {} : { path: SESSIONKEEP_PATH }),
    })
  },
)
