import { randomBytes } from 'node:crypto'

/**
 * A random id of a run, or of the time that one session spends in the memory of one run. Ids sort by the time at which
 * they were made, which is what lets a record add up the counts of its older runs: see `counts.ts`.
 */
export function newRunId(now: number): string {
  return `${Math.max(0, now).toString(36).padStart(9, '0')}-${randomBytes(5).toString('hex')}`
}
