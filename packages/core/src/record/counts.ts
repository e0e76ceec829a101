import { addUp, MOST_RUNS } from './limits.ts'
import type { Counts } from './session-metadata.ts'

/**
 * The key of the base is this and the id of a run: its count is that of all runs up to and including that one. Without an
 * id it is the count of runs that kept none of their own: records of older releases, and those written by hand.
 */
const BASE = '<='

const isBase = (key: string): boolean => key.startsWith(BASE)
const baseKeyOf = (counts: Counts): string => Object.keys(counts).find(isBase) ?? BASE
/** Whether the base of that key has the requests of a run in it. */
const covers = (baseKey: string, run: string): boolean => run <= baseKey.slice(BASE.length)

/** The counts of a record that was read or joined. */
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
 * The counts of a record as somebody wrote it. A total that is not the sum of the counts was edited by hand, or raised by
 * a release that knows no counts, and is right: what it has more goes to the base, and a smaller one becomes the base of
 * all runs that had a count, so that a mirror that was not edited does not bring them back.
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
 * The larger count of each run, and the base that covers more runs; of two that cover the same runs, the larger. What the
 * other copy says of runs that this base covers is in it. Commutative, associative and idempotent.
 */
export function joinCounts(a: Counts, b: Counts): Counts {
  const joined = new Map<string, number>()
  let baseKey = BASE
  for (const [key, count] of [...Object.entries(a), ...Object.entries(b)]) {
    joined.set(key, Math.max(joined.get(key) ?? 0, count))
    if (isBase(key) && key > baseKey) baseKey = key
  }
  const holds = (key: string, count: number): boolean =>
    isBase(key) ? key === baseKey && (count > 0 || key !== BASE) : count > 0 && !covers(baseKey, key)
  return Object.fromEntries([...joined].filter(([key, count]) => holds(key, count)))
}

/**
 * Counts with the base extended over the oldest runs, so that at most `most` keep a count of their own. To be called only
 * by a run that has read every store: then no copy has a larger count of the runs that are added up, and a store that
 * misses this write has nothing that the base lacks. The runs from `own` on stay: that one is still counting.
 */
export function foldCounts(counts: Counts, own: string, most: number = MOST_RUNS): Counts {
  const runs = runsOf(counts)
  const last = runs.slice(0, Math.max(0, runs.length - most)).findLast((run) => run < own)
  if (last === undefined) return counts
  const key = BASE + last
  const kept = Object.entries(counts).filter(([run]) => !isBase(run) && !covers(key, run))
  const folded = Object.entries(counts).filter(([run]) => isBase(run) || covers(key, run))
  return Object.fromEntries([[key, folded.reduce((sum, [, count]) => addUp(sum, count), 0)], ...kept])
}

/** Counts with what a run has counted so far. A run whose clock is behind the base adds to the base. */
export function withCountOf(counts: Counts, run: string, count: number): Counts {
  if (count === 0) return counts
  const key = baseKeyOf(counts)
  return covers(key, run) ? { ...counts, [key]: addUp(counts[key] ?? 0, count) } : { ...counts, [run]: addUp(0, count) }
}

export function sumOf(counts: Counts, but?: string): number {
  return Object.entries(counts).reduce((sum, [run, count]) => (run === but ? sum : addUp(sum, count)), 0)
}

/** As a field of a record: left out where it says no more than the total. */
export function countsField(counts: Counts): { readonly counts?: Counts } {
  return Object.keys(counts).some((key) => key !== BASE) ? { counts } : {}
}

/** The runs with a count of their own, the oldest first. */
function runsOf(counts: Counts): string[] {
  return Object.keys(counts)
    .filter((key) => !isBase(key))
    .sort()
}
