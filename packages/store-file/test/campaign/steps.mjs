/**
 * The course: it begins in a directory that a killed writer left, with four records newer in the journal. Batches of four
 * records are written to the journal; of smaller ones, the files are changed at once.
 */
export const STEPS = [
  ['open'],
  ['set', { a: 3, b: 3, p: 3, q: 3 }],
  ['set', { a: 4 }],
  ['remove', ['c']],
  ['set', { d: 4 }],
  ['set', { d: 5 }],
  ['remove', ['e']],
  ['set', { b: 6, e: 6 }],
  ['close'],
  ['open'],
  ['set', { a: 7, b: 7, p: 7, q: 7 }],
  ['close'],
]

/** What the directory holds before the course. */
export const BEFORE = { a: 2, b: 1, c: 2, e: 1, p: 2, q: 2 }

/** The values that a step writes; undefined for a removal. */
export function valuesOf([verb, input]) {
  if (verb === 'set') return input
  return verb === 'remove' ? Object.fromEntries(input.map((name) => [name, undefined])) : {}
}
