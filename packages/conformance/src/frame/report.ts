/** How a clause went: `not tried` where the author did not bring what it needs, `not run` until its test has run. */
export type Outcome = 'passed' | 'failed' | 'not applicable' | 'not tried' | 'not run'

export interface ClauseReport {
  readonly id: string
  readonly title: string
  readonly outcome: Outcome
  /** Why it failed or does not apply, or what it needs. */
  readonly reason?: string
}

/**
 * How far a store or host can be relied on.
 *
 * - `none`: a clause failed, or not all were run.
 * - `bronze`: every clause that needs nothing but `create` holds.
 * - `silver`: so does every one across processes and kills.
 * - `gold`: so does every one under the failures that the author can cause.
 */
export type Level = 'none' | 'bronze' | 'silver' | 'gold'

/** What came of a suite; plain JSON. */
export interface SuiteReport {
  readonly suite: 'store' | 'host'
  readonly name: string
  /** What it was declared to be. */
  readonly declared: Readonly<Record<string, string | boolean>>
  readonly level: Level
  readonly clauses: readonly ClauseReport[]
  /** The longest time, in ms, for which the event loop ran nothing else; measured, not judged. */
  readonly longestStallMs: number
}

/** A suite that was handed to a runner. */
export interface Suite {
  /** What has come of it so far. */
  report(): SuiteReport
}
