/** Whether this is a list of strings that a program can be given as arguments: strings without NUL. */
export function isWords(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((word) => typeof word === 'string' && !word.includes('\0'))
}
