import type { StoreCapabilities } from '@sessionkeep/contracts'
import type { Suite } from '../frame/report.ts'
import { runSuite } from '../frame/run-suite.ts'
import type { TestRunner } from '../frame/runner.ts'
import type { StoreCauses, StoreMeans, StoreSuiteOptions } from './options.ts'
import { storeClauses } from './store-clauses.ts'
import { beginStoreTrial, type StoreTrial } from './trial.ts'

/**
 * Declares one test for each promise of `MetadataStore`. If the capabilities exclude a promise, there is no test, and
 * the promise is `not applicable` in the report. If an option that a promise needs is missing, the promise is `not
 * tried`.
 *
 * @param runner - `describe` and `test` of the test runner; `expect` is optional
 * @param name - the name of the store in titles and in the report
 * @example
 * ```ts
 * import { storeSuite } from '@sessionkeep/conformance'
 * import { memoryStore } from '@sessionkeep/core'
 * import { describe, expect, test } from 'vitest'
 *
 * storeSuite({ describe, test, expect }, 'memory', {
 *   capabilities: { durability: 'none', retains: true, shared: false },
 *   create: () => memoryStore(),
 * })
 * ```
 */
export function storeSuite(runner: TestRunner, name: string, options: StoreSuiteOptions): Suite {
  const { capabilities, cause = {}, timeoutMs = 20_000 } = options
  const { durability, retains, shared } = capabilities
  return runSuite<StoreTrial, StoreCapabilities, StoreMeans>(runner, {
    suite: 'store',
    name,
    clauses: storeClauses,
    declared: capabilities,
    facts: { durability, retains, shared },
    has: (means) =>
      means === 'process'
        ? options.process !== undefined
        : cause[means.slice('cause.'.length) as keyof StoreCauses] !== undefined,
    begin: (place) => beginStoreTrial(options, place, timeoutMs / 4),
    timeoutMs,
    onReport: options.onReport,
  })
}
