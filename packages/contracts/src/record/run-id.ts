import { randomBytes } from 'node:crypto'

/**
 * Makes a random id for a run, or for the time from when a run finds or creates a session until it loses it. Ids sort by the time
 * at which they were made, so that a record can add up the counts of its older runs: see `counts.ts`.
 *
 * @param now - The time, ms since the epoch.
 */
export function newRunId(now: number): string {
  return `${Math.max(0, now).toString(36).padStart(9, '0')}-${randomBytes(5).toString('hex')}`
}
