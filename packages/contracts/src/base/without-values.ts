/** The variables that a command was given. */
export type Variables = Readonly<Record<string, string | undefined>> | undefined

/** Shorter values are no secrets, and removing them would make the screen unreadable. */
const SHORTEST_VALUE = 4

/**
 * Returns a screen with the values of variables replaced by `***`. A program may have printed them, and they may be secret. Values
 * of less than four characters stay.
 *
 * @example
 * `withoutValues('token sk-1234 expired', { TOKEN: 'sk-1234' })` is `token *** expired`.
 */
export function withoutValues(screen: string, env: Variables): string {
  const values = Object.values(env ?? {}).filter((value) => value !== undefined && value.length >= SHORTEST_VALUE)
  // A value may contain a shorter one. If that were replaced first, the rest of the longer one would stay.
  const longestFirst = values.map(String).sort((a, b) => b.length - a.length)
  return longestFirst.reduce((text, value) => text.replaceAll(value, '***'), screen)
}
