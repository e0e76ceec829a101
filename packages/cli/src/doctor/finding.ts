import * as z from 'zod'

/** The schema of one thing that `doctor` looked at. */
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

/** A finding that makes the exit code 2. */
export function problem(subject: string, found: string, todo: string): Finding {
  return { subject, severity: 'problem', found, do: todo }
}

/** A finding that may be as intended, so it does not change the exit code. */
export function warning(subject: string, found: string, todo: string): Finding {
  return { subject, severity: 'warning', found, do: todo }
}
