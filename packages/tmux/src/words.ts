/** A list of strings that can be handed to a program: no NUL in them. */
export function isWords(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((word) => typeof word === 'string' && !word.includes('\0'))
}
