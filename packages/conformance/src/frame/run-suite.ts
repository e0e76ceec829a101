import { type Clause, isNotApplicable } from './clause.ts'
import { levelOf } from './level.ts'
import { freshPlace, type Place } from './place.ts'
import type { ClauseReport, Suite, SuiteReport } from './report.ts'
import type { TestRunner } from './runner.ts'
import { watchStalls } from './stall.ts'
import { withTimeout } from './timeouts.ts'

export interface SuiteSetup<Trial, Declared, Means extends string> {
  readonly suite: SuiteReport['suite']
  readonly name: string
  readonly clauses: ReadonlyArray<Clause<Trial, Declared, Means>>
  readonly declared: Declared
  readonly facts: SuiteReport['declared']
  /** Whether the author of the store or host has given this option. */
  readonly has: (means: Means) => boolean
  readonly begin: (place: Place) => { trial: Trial; end(): Promise<void> }
  readonly timeoutMs: number
  readonly onReport: ((report: SuiteReport) => void) | undefined
}

// The time-out of the runner must come after that of the suite, because the message of the suite names the clause that
// did not settle. Cleaning up after a clause may take as long as the clause.
const GRACE_MS = 15_000

/** Declares one test for every clause that can be tried. */
export function runSuite<Trial, Declared, Means extends string>(
  { describe, test, expect }: TestRunner,
  setup: SuiteSetup<Trial, Declared, Means>,
): Suite {
  const reports = new Map<string, ClauseReport>()
  let longestStallMs = 0

  const perform = async (clause: Clause<Trial, Declared, Means>): Promise<void> => {
    const note = (report: Pick<ClauseReport, 'outcome' | 'reason'>) =>
      reports.set(clause.id, { id: clause.id, title: clause.title, ...report })
    const stalls = watchStalls()
    try {
      await attempt(clause, setup)
      note({ outcome: 'passed' })
    } catch (error) {
      if (isNotApplicable(error)) return void note({ outcome: 'not applicable', reason: error.message })
      note({ outcome: 'failed', reason: error instanceof Error ? error.message : String(error) })
      throw error
    } finally {
      longestStallMs = Math.max(longestStallMs, stalls.stop().longestMs)
    }
  }
  const report = (): SuiteReport => {
    const clauses = setup.clauses.map((clause) => reports.get(clause.id) ?? untried(clause, setup))
    return {
      suite: setup.suite,
      name: setup.name,
      declared: setup.facts,
      level: levelOf(clauses),
      clauses,
      longestStallMs,
    }
  }

  describe(`${setup.name} as a ${setup.suite}`, () => {
    for (const clause of setup.clauses) {
      if (untried(clause, setup).outcome !== 'not run') continue
      const body = async () => {
        await perform(clause)
        expect?.(reports.get(clause.id)?.outcome === 'failed').toBe(false)
      }
      test(`${clause.id}: ${clause.title}`, body, 2 * setup.timeoutMs + GRACE_MS)
    }
    if (setup.onReport === undefined) return
    test('passes the report to onReport()', async () => {
      setup.onReport?.(report())
      expect?.(reports.size > 0).toBe(true)
    })
  })
  return { report }
}

async function attempt<Trial, Declared, Means extends string>(
  clause: Clause<Trial, Declared, Means>,
  { begin, timeoutMs }: SuiteSetup<Trial, Declared, Means>,
): Promise<void> {
  const { place, remove } = freshPlace()
  const { trial, end } = begin(place)
  try {
    await withTimeout(timeoutMs, clause.id, clause.run(trial))
  } catch (error) {
    // Cleaning up after a failed clause may fail, too. The first failure is the one to report.
    await end().catch(() => undefined)
    remove()
    throw error
  }
  try {
    await end()
  } finally {
    remove()
  }
}

function untried<Trial, Declared, Means extends string>(
  { id, title, applies, needs }: Clause<Trial, Declared, Means>,
  { declared, has }: SuiteSetup<Trial, Declared, Means>,
): ClauseReport {
  if (applies && !applies(declared))
    return { id, title, outcome: 'not applicable', reason: 'because of the declared capabilities' }
  if (needs !== undefined && !has(needs)) return { id, title, outcome: 'not tried', reason: `needs \`${needs}\`` }
  return { id, title, outcome: 'not run' }
}
