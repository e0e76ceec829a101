/** The course: it begins in a directory that a killed writer left, with `a` and `c` newer in the journal. */
export const STEPS = [
  ['open'],
  ['set', { a: 3, b: 3 }],
  ['set', { a: 4 }],
  ['remove', ['c']],
  ['set', { d: 4 }],
  ['set', { d: 5 }],
  ['remove', ['e']],
  ['set', { b: 6, e: 6 }],
  ['close'],
  ['open'],
  ['set', { a: 7 }],
  ['close'],
]

/** What the directory holds before the course. */
export const BEFORE = { a: 2, b: 1, c: 2, e: 1 }

/** The values that a step writes; undefined for a removal. */
export function valuesOf([verb, input]) {
  if (verb === 'set') return input
  return verb === 'remove' ? Object.fromEntries(input.map((name) => [name, undefined])) : {}
}
