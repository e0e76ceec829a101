/**
 * The largest count or revision that is written. Reading accepts numbers up to `MAX_READ` and lowers those above
 * `MAX_COUNT` to it. So every number that was written can be read again, and counting on from any number that was read
 * stays within the integers that a double represents exactly.
 */
export const MAX_COUNT = 2 ** 50
/** The largest count or revision that reading accepts. */
export const MAX_READ = 2 ** 52

/** The latest time that a `Date` can represent, ms since the epoch. */
export const MAX_TIME_MS = 8.64e15

/** The most runs that have a count of their own in a record. The counts of older runs are added up in one base. */
export const MAX_RUNS = 16
/**
 * The most runs with a count of their own in a record that is written or read. Only a record that somebody else wrote has so many,
 * or one in a store that was away during thousands of restarts.
 */
export const MOST_RUNS = 20_000

/**
 * The largest record that is written or read, in bytes of JSON. Each record that the pool makes fits in: attributes of 256 Ki
 * characters have at most 768 KiB, their versions 48 KiB, and the attributes of an earlier session 96 KiB. Every store can hold a record of this size.
 */
export const MAX_RECORD_BYTES = 960 * 1024
/** The most values in a record that is written or read. Handling each of them costs time, however short it is. */
export const MAX_RECORD_VALUES = 60_000
/** The most values in the attributes of a session. */
export const MAX_ATTRIBUTE_VALUES = 20_000
/** The deepest nesting of objects and arrays in a record that is written or read. */
export const MAX_RECORD_DEPTH = 200

/** The most earlier sessions that a record keeps. */
export const MAX_PAST = 20
/** The longest JSON of the attributes of an earlier session that is kept, in characters. */
export const MAX_PAST_ATTRIBUTES = 32_768

/** Adds two counts, up to `MAX_COUNT`. */
export function addSaturating(a: number, b: number): number {
  return Math.min(a + b, MAX_COUNT)
}
