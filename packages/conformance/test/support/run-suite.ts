import { type StoreSuiteOptions, type SuiteReport, storeSuite } from '../../src/index.ts'

/** Runs the store suite without a test runner. */
export async function runStoreSuite(name: string, options: StoreSuiteOptions): Promise<SuiteReport> {
  const tests: Array<() => Promise<void>> = []
  const suite = storeSuite(
    {
      describe: (_, body) => body(),
      test: (_, body) => tests.push(body),
    },
    name,
    options,
  )
  for (const body of tests) await body().catch(() => undefined)
  return suite.report()
}

/** The ids of the clauses that failed. */
export function failedIn({ clauses }: SuiteReport): string[] {
  return clauses.filter(({ outcome }) => outcome === 'failed').map(({ id }) => id)
}
