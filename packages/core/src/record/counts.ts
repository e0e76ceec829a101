import type { Counts } from './session-metadata.ts'

/** The part of all requests that no run has counted as its own: records of former releases, and those edited by hand. */
const REST = ''

/** The requests of a record by run. A total that is not the sum of its parts was edited by hand: it is right. */
export function countsOf({
  totalRequests,
  counts = {},
}: {
  readonly totalRequests: number
  readonly counts?: Counts | undefined
}): Counts {
  const missing = totalRequests - sumOf(counts)
  if (missing === 0) return counts
  return missing > 0 ? { ...counts, [REST]: (counts[REST] ?? 0) + missing } : { [REST]: totalRequests }
}

/** The larger part of each run. Commutative, associative and idempotent. */
export function joinCounts(a: Counts, b: Counts): Counts {
  const runs = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort()
  return Object.fromEntries(runs.map((run) => [run, Math.max(a[run] ?? 0, b[run] ?? 0)]))
}

export function sumOf(counts: Counts, but?: string): number {
  return Object.entries(counts).reduce((sum, [run, count]) => (run === but ? sum : sum + count), 0)
}

/** As a field of a record: left out where it says no more than the total. */
export function countsField(counts: Counts): { readonly counts?: Counts } {
  const parts = Object.entries(counts).filter(([, count]) => count > 0)
  return parts.some(([run]) => run !== REST) ? { counts: Object.fromEntries(parts) } : {}
}
