import { AssertionError } from 'node:assert'
import { randomInt } from 'node:crypto'
import type { TestRunner } from '../frame/runner.ts'
import type { HistorySuiteOptions } from './options.ts'
import { runHistories } from './run-histories.ts'

const GRACE_MS = 120_000
const PER_HISTORY_MS = 5000

/**
 * Declares one test: random histories of a whole pool over the store and a second one, with outages, kills and restarts.
 * The test fails when an acknowledged write is lost. A failure prints the smallest failing history that was found, with
 * its seed, its path, and how to replay it.
 *
 * @param runner - `describe` and `test` of the test runner; `expect` is optional
 * @param name - the name of the store in the title of the test
 * @example
 * ```ts
 * import { historySuite } from '@sessionkeep/conformance'
 * import { memoryStore } from '@sessionkeep/core'
 * import { describe, test } from 'vitest'
 *
 * historySuite({ describe, test }, 'memory', {
 *   capabilities: { durability: 'none', retains: true, shared: false },
 *   create: () => memoryStore(),
 * })
 * ```
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
      'no acknowledged write is lost, whatever fails',
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
