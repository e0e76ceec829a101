import { canonical } from './canonical.ts'
import { countsField, countsOf, joinCounts, sumOf } from './counts.ts'
import type { StoredRecord } from './parse-record.ts'

/**
 * Joins two stored copies of one incarnation into what both know together: each run's requests once, the earlier birth, the
 * later activity; status, attributes and everything else from the copy with the higher (revision, run).
 *
 * Commutative, associative and idempotent, so that copies may be joined in any order, any number of times.
 */
export function join(a: StoredRecord, b: StoredRecord): StoredRecord {
  const later = isLater(a, b) ? a : b
  const { incarnation: _incarnation, counts: _counts, ...rest } = later
  const counts = joinCounts(countsOf(a), countsOf(b))
  const incarnation = largest(a.incarnation, b.incarnation)
  return {
    ...rest,
    ...(incarnation === undefined ? {} : { incarnation }),
    createdAt: Math.min(a.createdAt, b.createdAt),
    lastActivityAt: Math.max(a.lastActivityAt, b.lastActivityAt),
    totalRequests: sumOf(counts),
    ...countsField(counts),
  }
}

function isLater(a: StoredRecord, b: StoredRecord): boolean {
  if (a.revision !== b.revision) return a.revision > b.revision
  if (a.run !== b.run) return a.run > b.run
  // One run never writes two records of one revision; a file edited by hand can. Any fixed order will do.
  return decided(a) > decided(b)
}

/** What the later copy decides for both; the fields that are joined one by one must not take part in the order. */
function decided(record: StoredRecord): string {
  const { createdAt: _1, lastActivityAt: _2, totalRequests: _3, incarnation: _4, counts: _5, ...rest } = record
  return canonical(rest)
}

function largest(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return a > b ? a : b
}
