import * as z from 'zod'

/** One thing that `doctor` looked at. */
export const finding = z.strictObject({
  /** What was looked at, in a word: `tmux`, `configuration`, `store file`. */
  subject: z.string(),
  severity: z.enum(['ok', 'warning', 'problem']),
  /** What was found, in a sentence. */
  found: z.string(),
  /** What to do about it. Every warning and every problem has it. */
  do: z.string().optional(),
})

/** One thing that `doctor` looked at. */
export type Finding = z.infer<typeof finding>
