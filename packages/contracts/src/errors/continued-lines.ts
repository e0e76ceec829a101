/**
 * The characters that stand for a backslash, a line break, a prompt and the `n` of a line break in JSON. All of them are blanks,
 * so that a notation goes on in the next line, and no text has them.
 */
const STAND_INS = { '\\': '\u2004', '\n': '\u2005', '>': '\u2006', n: '\u2008' } as const
const ORIGINALS = Object.fromEntries(Object.entries(STAND_INS).map(([original, blank]) => [blank, original]))

/** A backslash before a line break, which may be escaped as in JSON. A shell shows a prompt before the line that follows. */
const CONTINUED = /\\\r?\n(?:> )?|\\\\\\n/g

/** Replaces a text by what a function makes of it. To the function, a line that a backslash continues is one line with the next one. */
export function withLinesJoined(text: string, change: (joined: string) => string): string {
  if (text.search(CONTINUED) < 0) return change(text)
  const joined = text
    .replace(/[\u2004-\u2006\u2008]/g, ' ')
    .replace(CONTINUED, (end) => end.replace(/[\\\n>n]/g, (part) => STAND_INS[part as keyof typeof STAND_INS]))
  return change(joined).replace(/[\u2004-\u2006\u2008]/g, (blank) => ORIGINALS[blank] ?? blank)
}
