import { AssertionError } from 'node:assert'
import { randomInt } from 'node:crypto'
import type { TestRunner } from '../frame/runner.ts'
import type { HistorySuiteOptions } from './options.ts'
import { runHistories } from './run-histories.ts'

const GRACE_MS = 120_000
const PER_HISTORY_MS = 5000

/**
 * Hands one test to the runner: random histories of a whole pool over the store and a second one, with outages, kills and
 * restarts, after which nothing that was acknowledged is lost. A failure prints the smallest history that was found, with
 * its seed, its path, and how to see it again.
 */
export function historySuite({ describe, test, expect }: TestRunner, name: string, options: HistorySuiteOptions): void {
  const { capabilities, create, mirror = options, shrinkMs = 30_000 } = options
  const { SESSIONKEEP_HISTORIES, SESSIONKEEP_SEED, SESSIONKEEP_PATH, SESSIONKEEP_LANES } = process.env
  const lanes = options.lanes ?? Number(SESSIONKEEP_LANES ?? 4)
  const runs = options.runs ?? Number(SESSIONKEEP_HISTORIES ?? 100)
  const seed = options.seed ?? (SESSIONKEEP_SEED === undefined ? randomInt(2 ** 31) : Number(SESSIONKEEP_SEED))
  const path = options.path ?? SESSIONKEEP_PATH
  const timeoutMs = GRACE_MS + shrinkMs + runs * PER_HISTORY_MS
  describe(`${name} under random histories of a pool`, () => {
    test(
      'whatever happens, nothing that was acknowledged is lost',
      async () => {
        const failure = await runHistories({
          ...{ stores: [{ capabilities, create }, mirror], runs, seed, path, shrinkMs, lanes },
        })
        if (failure !== undefined) throw new AssertionError({ message: failure, stackStartFn: historySuite })
        expect?.(failure).toBe(undefined)
      },
      timeoutMs,
    )
  })
}
