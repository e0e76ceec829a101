/** What the suites take of a test runner; vitest, node:test and bun:test all have it. */
export interface TestRunner {
  describe(name: string, body: () => void): unknown
  /** Runners that know no third argument ignore it. */
  test(name: string, body: () => Promise<void>, timeoutMs?: number): unknown
  /** Told of each clause that holds, for runners that want an assertion in every test. Default: not used. */
  readonly expect?: ((value: unknown) => { toBe(expected: unknown): unknown }) | undefined
}
