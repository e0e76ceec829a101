import type { ClauseReport, Level } from './report.ts'

/** The clauses that each level requires in addition to the level below. The patterns match their ids. */
const REQUIREMENTS: ReadonlyArray<readonly [level: Level, groups: RegExp]> = [
  ['bronze', /^(?!processes\.|failures\.)/],
  ['silver', /^processes\.|^failures\.(outage|open|lost|unavailable)$/],
  ['gold', /^failures\./],
]

export function levelOf(clauses: readonly ClauseReport[]): Level {
  if (clauses.some(({ outcome }) => outcome === 'failed' || outcome === 'not run')) return 'none'
  let reached: Level = 'none'
  for (const [level, groups] of REQUIREMENTS) {
    if (clauses.some(({ id, outcome }) => groups.test(id) && outcome === 'not tried')) break
    reached = level
  }
  return reached
}
