import { randomUUID } from 'node:crypto'

/**
 * Makes a random id for a run, or for the time from when a run finds or creates a session until it loses it. Ids sort by the time
 * at which they were made, so that a record can add up the counts of its older runs: see `counts.ts`.
 *
 * @param now - The time, ms since the epoch.
 */
export function newRunId(now: number): string {
  // Node makes many of them at once, so one costs a tenth of a call of randomBytes(). Its first ten digits are random.
  const random = randomUUID().replace('-', '').slice(0, 10)
  return `${Math.max(0, now).toString(36).padStart(9, '0')}-${random}`
}
