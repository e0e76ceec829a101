/** The result of a clause. It is `not tried` if an option that it needs is missing, and `not run` until its test has run. */
export type Outcome = 'passed' | 'failed' | 'not applicable' | 'not tried' | 'not run'

/** The result of one clause. */
export interface ClauseReport {
  /** The name of the clause, `group.word`. It does not change between releases. */
  readonly id: string
  /** The promise that the clause tests. */
  readonly title: string
  readonly outcome: Outcome
  /** Why the clause failed or does not apply, or which option it needs. */
  readonly reason?: string
}

/**
 * The level that a store or host has reached.
 *
 * - `none`: a clause failed, or not every clause was run.
 * - `bronze`: every clause that needs only `create` passed.
 * - `silver`: the clauses about several processes, kills and outages passed, too.
 * - `gold`: the clauses about hangs and unreadable records passed, too.
 */
export type Level = 'none' | 'bronze' | 'silver' | 'gold'

/** The results of a suite, as plain JSON. */
export interface SuiteReport {
  readonly suite: 'store' | 'host'
  /** The name that was given to the suite. */
  readonly name: string
  /** The declared capabilities `durability`, `retains` and `shared` of a store, or the option `runsCommands` of a host. */
  readonly declared: Readonly<Record<string, string | boolean>>
  readonly level: Level
  readonly clauses: readonly ClauseReport[]
  /** The longest time, in ms, for which the event loop was blocked. It is for information: no clause depends on it. */
  readonly longestStallMs: number
}

/** A suite whose tests were declared to a test runner. */
export interface Suite {
  /** Returns the results so far. */
  report(): SuiteReport
}
