import type { StoredRecord } from './parse-record.ts'

/**
 * Whether two copies of one session were written by runs that did not know of each other: the one that changed more often
 * counts fewer requests. Joined, they keep the larger count; which requests the other one had besides, nobody can say.
 */
export function hasDiverged(a: StoredRecord, b: StoredRecord): boolean {
  return a.run !== b.run && (a.revision - b.revision) * (a.totalRequests - b.totalRequests) < 0
}
