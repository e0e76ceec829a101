/**
 * The most that a count or a revision of a record may be: reading accepts up to `MOST_READ`, takes anything above
 * `MOST_COUNTED` for `MOST_COUNTED`, and nothing above that is written. So whatever was written can be read again, and
 * whatever was read can be counted on from without leaving the integers that a double tells apart.
 */
export const MOST_COUNTED = 2 ** 50
export const MOST_READ = 2 ** 52

/** The last moment that a `Date` can be, ms since the epoch. */
export const LAST_MOMENT = 8.64e15

/** The most runs of which a record keeps a count each; those of older runs are added up in one base. */
export const MOST_RUNS = 16

/** A sum of counts that stops at `MOST_COUNTED`. */
export function addUp(a: number, b: number): number {
  return Math.min(a + b, MOST_COUNTED)
}
