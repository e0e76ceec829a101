import { type StoreSuiteOptions, type Suite, type SuiteReport, storeSuite, type TestRunner } from '../../src/index.ts'

/** Runs a suite without a test runner. */
export async function runTests(hand: (runner: TestRunner) => Suite): Promise<SuiteReport> {
  const tests: Array<() => Promise<void>> = []
  const suite = hand({
    describe: (_, body) => body(),
    test: (_, body) => tests.push(body),
  })
  for (const body of tests) await body().catch(() => undefined)
  return suite.report()
}

export function runStoreSuite(name: string, options: StoreSuiteOptions): Promise<SuiteReport> {
  return runTests((runner) => storeSuite(runner, name, options))
}

/** The ids of the clauses that failed. */
export function failedIn({ clauses }: SuiteReport): string[] {
  return clauses.filter(({ outcome }) => outcome === 'failed').map(({ id }) => id)
}
