/** Whether this is a list of strings that a program can be given as arguments: strings without NUL. */
export function isWords(value: unknown): value is readonly string[] {
  // Unlike every(), findIndex() looks at the holes of a list too.
  return Array.isArray(value) && value.findIndex((word) => typeof word !== 'string' || word.includes('\0')) < 0
}
