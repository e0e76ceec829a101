import { canonical } from './canonical.ts'
import { countsField, countsOf, joinCounts, sumOf } from './counts.ts'
import type { StoredRecord } from './parse-record.ts'
import { joinPast, pastField } from './past.ts'

/**
 * Joins two stored copies of one incarnation into one record: the requests of each run once, the earlier `createdAt`, the later
 * `lastActivityAt`, every earlier session once; status, attributes and all other fields come from the copy with the higher revision (of two equal
 * ones, the higher run).
 *
 * Commutative, associative and idempotent, so that copies may be joined in any order, any number of times.
 *
 * @example
 * ```ts
 * const record = copies.reduce(join)
 * ```
 */
export function join(a: StoredRecord, b: StoredRecord): StoredRecord {
  const later = isLater(a, b) ? a : b
  const { incarnation: _incarnation, counts: _counts, past: _past, ...rest } = later
  const counts = joinCounts(countsOf(a), countsOf(b))
  const incarnation = largest(a.incarnation, b.incarnation)
  return {
    ...rest,
    ...(incarnation === undefined ? {} : { incarnation }),
    createdAt: Math.min(a.createdAt, b.createdAt),
    lastActivityAt: Math.max(a.lastActivityAt, b.lastActivityAt),
    totalRequests: sumOf(counts),
    ...countsField(counts),
    ...pastField(joinPast(a.past, b.past)),
  }
}

function isLater(a: StoredRecord, b: StoredRecord): boolean {
  if (a.revision !== b.revision) return a.revision > b.revision
  if (a.run !== b.run) return a.run > b.run
  // A run never writes two different records of one revision, but a person who edits a file can. Any fixed order will do.
  return otherFields(a) > otherFields(b)
}

/** The fields that come from the later copy. Fields that are joined one by one must not take part in the order. */
function otherFields(record: StoredRecord): string {
  const {
    createdAt: _1,
    lastActivityAt: _2,
    totalRequests: _3,
    incarnation: _4,
    counts: _5,
    past: _6,
    ...rest
  } = record
  return canonical(rest)
}

function largest(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return a > b ? a : b
}
