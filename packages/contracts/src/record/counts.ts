import { addSaturating, MAX_RUNS, MOST_RUNS } from './limits.ts'
import type { Counts } from './session-metadata.ts'

/**
 * The prefix of the key of the base. With the id of a run behind it, the count is the sum of all runs up to and including
 * that run. Without an id, it is the number of requests without a known run: those of older releases and of records that were
 * written by hand.
 */
const BASE = '<='

const isBase = (key: string): boolean => key.startsWith(BASE)
const baseKeyOf = (counts: Counts): string => Object.keys(counts).find(isBase) ?? BASE
/** Whether the base with that key includes the requests of a run. */
const covers = (baseKey: string, run: string): boolean => run <= baseKey.slice(BASE.length)

/** The counts of a record that was parsed or joined. */
export function countsOf({
  totalRequests,
  counts,
}: {
  readonly totalRequests: number
  readonly counts?: Counts | undefined
}): Counts {
  return counts ?? (totalRequests > 0 ? { [BASE]: totalRequests } : {})
}

/**
 * The counts of a record as it was stored. If the total is not the sum of the counts, somebody edited it, or a release that
 * knows no counts raised it; then the total is right. A larger total adds the difference to the base. A smaller total
 * becomes the base of all runs, so that an unedited mirror does not bring their counts back.
 */
export function readCounts(totalRequests: number, counts: Counts = {}): Counts {
  const read = joinCounts(counts, {})
  const more = totalRequests - sumOf(read)
  const key = baseKeyOf(read)
  if (more > 0) return { ...read, [key]: (read[key] ?? 0) + more }
  if (more === 0) return read
  const last = runsOf(read).at(-1)
  return joinCounts({ [last === undefined ? key : BASE + last]: totalRequests }, {})
}

/**
 * Joins two copies of counts: the larger count of each run, and the base that covers more runs (if both cover the same runs,
 * the larger base). Counts of runs that the base covers are dropped, since the base includes them. Commutative, associative
 * and idempotent.
 */
export function joinCounts(a: Counts, b: Counts): Counts {
  let baseKey = BASE
  for (const counts of [a, b]) for (const key of Object.keys(counts)) if (isBase(key) && key > baseKey) baseKey = key
  const holds = (key: string, count: number): boolean =>
    isBase(key) ? key === baseKey && (count > 0 || key !== BASE) : count > 0 && !covers(baseKey, key)
  const joined = new Map<string, number>()
  for (const counts of [a, b]) {
    for (const key of Object.keys(counts)) {
      const count = counts[key] ?? 0
      if (holds(key, count)) joined.set(key, Math.max(joined.get(key) ?? 0, count))
    }
  }
  return Object.fromEntries(joined)
}

/**
 * Adds the counts of the oldest runs to the base, so that at most `max` runs keep a count of their own. Only a run that has
 * read every store may call this: then no store has a larger count of the runs that are added up. The run `own` and
 * later runs keep their counts, since they are still counting.
 */
export function foldCounts(counts: Counts, own: string, max: number = MAX_RUNS): Counts {
  const runs = runsOf(counts)
  const last = runs.slice(0, Math.max(0, runs.length - max)).findLast((run) => run < own)
  if (last === undefined) return counts
  const key = BASE + last
  const newest = Object.entries(counts).filter(([run]) => !isBase(run) && !covers(key, run))
  const folded = Object.entries(counts).filter(([run]) => isBase(run) || covers(key, run))
  return Object.fromEntries([[key, folded.reduce((sum, [, count]) => addSaturating(sum, count), 0)], ...newest])
}

/** Adds what a run has counted so far. If the base covers the run, because the clock of the run is slow, the count is added to the base. */
export function withCountOf(given: Counts, run: string, count: number): Counts {
  if (count === 0) return given
  // More could not be read again.
  const counts = Object.keys(given).length < MOST_RUNS ? given : foldCounts(given, run)
  const key = baseKeyOf(counts)
  return covers(key, run)
    ? { ...counts, [key]: addSaturating(counts[key] ?? 0, count) }
    : { ...counts, [run]: addSaturating(0, count) }
}

/** The sum of all counts, except that of the run `except`. */
export function sumOf(counts: Counts, except?: string): number {
  return Object.keys(counts).reduce((sum, run) => (run === except ? sum : addSaturating(sum, counts[run] ?? 0)), 0)
}

/** Counts as a field of a record. The field is omitted if it says no more than the total. */
export function countsField(counts: Counts): { readonly counts?: Counts } {
  return Object.keys(counts).some((key) => key !== BASE) ? { counts } : {}
}

/** The runs that have a count of their own, oldest first. */
function runsOf(counts: Counts): string[] {
  return Object.keys(counts)
    .filter((key) => !isBase(key))
    .sort()
}
