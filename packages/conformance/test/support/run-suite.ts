import { type StoreSuiteOptions, type Suite, type SuiteReport, storeSuite, type TestRunner } from '../../src/index.ts'

/**
 * Runs a suite without a test runner. The clauses whose ids match `together` are run at the same time, after the others:
 * those that mostly wait, and measure neither the process nor the order of calls.
 */
export async function runTests(hand: (runner: TestRunner) => Suite, together: RegExp): Promise<SuiteReport> {
  const waiting: Array<() => Promise<void>> = []
  const others: Array<() => Promise<void>> = []
  const suite = hand({
    describe: (_, body) => body(),
    test: (name, body) => (together.test(name) ? waiting : others).push(body),
  })
  for (const body of others) await body().catch(() => undefined)
  await Promise.allSettled(waiting.map((body) => body()))
  return suite.report()
}

export function runStoreSuite(name: string, options: StoreSuiteOptions): Promise<SuiteReport> {
  return runTests((runner) => storeSuite(runner, name, options), /^failures\./)
}

/** The ids of the clauses that failed. */
export function failedIn({ clauses }: SuiteReport): string[] {
  return clauses.filter(({ outcome }) => outcome === 'failed').map(({ id }) => id)
}
