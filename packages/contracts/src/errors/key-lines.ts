const END_OF_KEY = /-----END [A-Z ]{0,20}PRIVATE KEY/
/** Matches the first part of the end of a private key that a narrow terminal has wrapped. Others write such lines too, as `-----END OF REPORT`. */
const WRAPPED_END = /-----END(?: [A-Z]{0,9})?(?: P[A-Z ]{0,10})?\s*$/
const REST_OF_END = /^\s*[A-Z ]{1,20}-----/
/** Matches characters of a key, also masked ones. Its line breaks may be escaped, as in JSON. */
const CHARACTERS = '(?:[A-Za-z0-9+/=*]|\\\\[nr])+'
/** Matches a line of a key, perhaps with the marks of a diff, a quotation or a border before it, and quotes or a border behind it. */
const LINE_OF_KEY = new RegExp(`^[-+>|│ "'\`]{0,8}${CHARACTERS}(?:["'\`,;$\\\\|│ ][-+"'\`,;$\\\\|│ ]*)?$`)
const CHARACTERS_AT_END = new RegExp(`(?<![A-Za-z0-9+/=*\\\\])${CHARACTERS}$`)
/** As long as the longer part of a line of a key that a terminal of 80 columns has wrapped. */
const LONG_WORDS = /[A-Za-z0-9+/=]{40,}/g

/** Whether a text may have the end of a private key. */
export const hasEndOfKey = (text: string): boolean => text.includes('-----END')

/** Where the end of a private key begins in a line; -1 if it has none. The screen may end within it. */
function endOfKeyIn(line: string, next: string | undefined): number {
  const end = line.search(END_OF_KEY)
  return end < 0 && (next === undefined || REST_OF_END.test(next)) ? line.search(WRAPPED_END) : end
}

/**
 * Masks the lines of private keys above their ends, since the beginning of a key need not be there. Each line may begin with what
 * the line of the end begins with, such as a number, a time or the name of a file. A line with a long word of a key may have
 * anything else in it, and so may the next two lines. There may be an empty line between each two.
 */
export function withoutEndsOfKeys(lines: readonly string[]): string[] {
  const shown = [...lines]
  let last = -1
  for (const [at, line] of lines.entries()) {
    const end = hasEndOfKey(line) ? endOfKeyIn(line, lines[at + 1]) : -1
    if (end < 0) continue
    const before = line.slice(0, end)
    const word = longWordIn(before)
    const prefix = word === undefined ? before.replace(CHARACTERS_AT_END, '') : before.slice(0, before.indexOf(word))
    if (prefix !== before) shown[at] = `${prefix}***${line.slice(end)}`
    const beginning = shapeOf(prefix)
    // A key of PGP ends with a short line and a checksum.
    const isNearLongWord = (above: number) =>
      [above, above - 1, above - 2].some((near) => longWordIn(shown[near]) !== undefined)
    const isOfKey = (above: number) => isLineOfKey(shown[above], beginning) || isNearLongWord(above)
    // What is above another end, or above the beginning, is not of this key.
    for (let above = at - 1; above > last && !shown[above]?.includes('-----BEGIN'); above -= 1) {
      const isEmpty = shown[above]?.trim() === ''
      if (!isOfKey(isEmpty ? above - 1 : above)) break
      if (!isEmpty) shown[above] = '***'
    }
    last = at
  }
  return shown
}

/** A word that is as long as only those of a key are: neither a hash of Git nor most paths, which have no capitals. */
function longWordIn(line = ''): string | undefined {
  return line.match(LONG_WORDS)?.find((word) => /[A-Z]/.test(word) && /[a-z]/.test(word) && /\d/.test(word))
}

function isLineOfKey(line: string | undefined, beginning: string): boolean {
  if (line === undefined) return false
  const shape = shapeOf(line)
  return LINE_OF_KEY.test(shape) || (shape.startsWith(beginning) && LINE_OF_KEY.test(shape.slice(beginning.length)))
}

/** What two lines have in common that differ only in their numbers and in how far they are indented. */
function shapeOf(line: string): string {
  return line.replace(/\d+/g, '0').replace(/\s+/g, ' ').trimStart()
}
