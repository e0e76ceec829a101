import { joinAttributes } from './attributes.ts'
import { canonical } from './canonical.ts'
import { countsField, countsOf, joinCounts, sumOf } from './counts.ts'
import type { StoredRecord } from './parse-record.ts'
import { joinPast, pastField } from './past.ts'

/**
 * Joins two stored copies of one incarnation into one record. It has the requests of each run once, the earlier `createdAt`,
 * the later `lastActivityAt`, every earlier session once, and the latest version of each attribute. How the session was started
 * may be known to one copy alone. Status and all other fields come from the copy with the higher revision; if both have the
 * same, from the one with the higher run.
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
  const rest = otherFields(later)
  const counts = joinCounts(countsOf(a), countsOf(b))
  return {
    ...rest,
    ...startOf(a, b),
    createdAt: Math.min(a.createdAt, b.createdAt),
    lastActivityAt: Math.max(a.lastActivityAt, b.lastActivityAt),
    totalRequests: sumOf(counts),
    ...countsField(counts),
    ...joinAttributes(a, b, later),
    ...pastField(joinPast(a.past, b.past)),
  }
}

function isLater(a: StoredRecord, b: StoredRecord): boolean {
  if (a.revision !== b.revision) return a.revision > b.revision
  if (a.run !== b.run) return a.run > b.run
  if (a === b) return true
  // A run never writes two different records of one revision, but a person who edits a file can. Any fixed order will do.
  return canonical(otherFields(a)) > canonical(otherFields(b))
}

/** The fields that come from the later copy. Fields that are joined one by one must not take part in the order. */
function otherFields(record: StoredRecord) {
  const { createdAt: _1, lastActivityAt: _2, totalRequests: _3, counts: _4, past: _5, ...others } = record
  const { attributes: _6, attributesAt: _7, ...rest } = others
  const { incarnation: _8, generation: _9, startedAt: _10, boot: _11, place: _12, ...changing } = rest
  return changing
}

type Start = Pick<StoredRecord, 'incarnation' | 'generation' | 'startedAt' | 'boot' | 'place'>

/** How the session was started. That never changes, but a run that found the session without its record does not know it. */
function startOf(a: StoredRecord, b: StoredRecord): Start {
  const incarnation = largest(a.incarnation, b.incarnation)
  const generation = largest(a.generation, b.generation)
  const startedAt = largest(a.startedAt, b.startedAt)
  const boot = largest(a.boot, b.boot)
  // A copy with a command that the pool may start wins over one whose command is withheld.
  const place = largest(a.place, b.place, (one) => (one.withheld ? 'a' : 'b') + canonical(one))
  return {
    ...(incarnation !== undefined && { incarnation }),
    ...(generation !== undefined && { generation }),
    ...(startedAt !== undefined && { startedAt }),
    ...(boot !== undefined && { boot }),
    ...(place !== undefined && { place }),
  }
}

function largest<T>(
  a: T | undefined,
  b: T | undefined,
  keyOf: (value: T) => unknown = (value) => value,
): T | undefined {
  if (a === undefined || a === b) return b
  if (b === undefined) return a
  return (keyOf(a) as string) > (keyOf(b) as string) ? a : b
}
