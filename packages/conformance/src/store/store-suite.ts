import type { StoreCapabilities } from '@sessionkeep/core/store'
import type { Suite } from '../frame/report.ts'
import { runSuite } from '../frame/run-suite.ts'
import type { TestRunner } from '../frame/runner.ts'
import type { StoreCauses, StoreMeans, StoreSuiteOptions } from './options.ts'
import { storeClauses } from './store-clauses.ts'
import { beginStoreTrial, type StoreTrial } from './trial.ts'

/**
 * Hands every promise of `MetadataStore` that this store makes to the runner, as one test each. Clauses that its
 * capabilities leave out are no tests; they stand in the report as `not applicable`, those for which the author has
 * brought no means as `not tried`.
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
    begin: (place) => beginStoreTrial(options, place),
    timeoutMs,
    onReport: options.onReport,
  })
}
