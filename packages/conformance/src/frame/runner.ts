/** The functions that the suites need of a test runner; vitest, node:test and bun:test have them. */
export interface TestRunner {
  describe(name: string, body: () => void): unknown
  /** Runners without a third argument ignore it. */
  test(name: string, body: () => Promise<void>, timeoutMs?: number): unknown
  /** Called in every test, for runners that require an assertion in each. It may be left out. */
  readonly expect?: ((value: unknown) => { toBe(expected: unknown): unknown }) | undefined
}
