/**
 * The largest count or revision that is written. Reading accepts numbers up to `MOST_READ` and lowers those above
 * `MOST_COUNTED` to it. So every number that was written can be read again, and counting on from any number that was read
 * stays within the integers that a double represents exactly.
 */
export const MOST_COUNTED = 2 ** 50
/** The largest count or revision that reading accepts. */
export const MOST_READ = 2 ** 52

/** The latest time that a `Date` can represent, ms since the epoch. */
export const LAST_MOMENT = 8.64e15

/** The most runs that have a count of their own in a record. The counts of older runs are added up in one base. */
export const MOST_RUNS = 16

/** Adds two counts, up to `MOST_COUNTED`. */
export function addUp(a: number, b: number): number {
  return Math.min(a + b, MOST_COUNTED)
}
