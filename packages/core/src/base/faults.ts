import type * as z from 'zod'
import { nearest } from './closest-match.ts'

/** Longer, or with other characters in it, it is no option that was mistyped: it may be anything, a password too. */
const WORD = /^[\w$@./~-]{1,60}$/

/**
 * Each fault in words, with the path to it; an unknown key with what `hint` says of it, or the one that was likely meant.
 * No value is repeated, and a key only where it could be the name of an option or of a store.
 */
export function faultsOf(
  error: z.ZodError,
  known: readonly string[],
  hint: (key: string) => string | undefined = () => undefined,
): string {
  return error.issues
    .flatMap((issue) => {
      const at = issue.path.map((key) => shown(String(key))).join('.')
      if (issue.code !== 'unrecognized_keys') return [`${at ? `${at}: ` : ''}${issue.message}`]
      return issue.keys.map((key) => {
        const said = at === '' ? hint(key) : undefined
        if (said) return `${shown(key)} ${said}`
        const guess = at === '' ? nearest(key, known) : undefined
        return `${at ? `${at}.` : ''}${shown(key)} is no option${guess ? `; did you mean "${guess}"?` : at ? '' : `; known are ${known.join(', ')}`}`
      })
    })
    .join('; ')
}

function shown(key: string): string {
  return WORD.test(key) ? key : `(a key of ${key.length} characters)`
}
