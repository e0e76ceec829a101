import type * as z from 'zod'
import { nearest } from '../selection/nearest.ts'

/** Each fault in words, with the path to it; an unknown key with the one that was likely meant. No value is repeated. */
export function faultsOf(error: z.ZodError, known: readonly string[]): string {
  return error.issues
    .flatMap((issue) => {
      const at = issue.path.map(String).join('.')
      if (issue.code !== 'unrecognized_keys') return [`${at ? `${at}: ` : ''}${issue.message}`]
      return issue.keys.map((key) => {
        const guess = at === '' ? nearest(key, known) : undefined
        return `${at ? `${at}.` : ''}${key} is no option${guess ? `; did you mean "${guess}"?` : `; known are ${known.join(', ')}`}`
      })
    })
    .join('; ')
}
