const END_OF_KEY = /-----END [A-Z ]{0,20}PRIVATE KEY/
/** Matches characters of a key, also masked ones. Its line breaks may be escaped, as in JSON. */
const CHARACTERS = '(?:[A-Za-z0-9+/=*]|\\\\[nr])+'
/** Matches a line of a key, perhaps with the marks of a diff, a quotation or a border before it, and quotes or a border behind it. */
const LINE_OF_KEY = new RegExp(`^[-+>|│ "'\`]{0,8}${CHARACTERS}(?:["'\`,;$\\\\|│ ][-+"'\`,;$\\\\|│ ]*)?$`)
const CHARACTERS_AT_END = new RegExp(`(?<![A-Za-z0-9+/=*\\\\])${CHARACTERS}$`)

/** Whether a text has the end of a private key. */
export const hasEndOfKey = (text: string): boolean => END_OF_KEY.test(text)

/**
 * Masks the lines of private keys above their ends, since the beginning of a key need not be there. Each line may begin with what
 * the line of the end begins with, such as a number, a time or the name of a file.
 */
export function withoutEndsOfKeys(lines: readonly string[]): string[] {
  const shown = [...lines]
  for (const [at, line] of lines.entries()) {
    const end = line.search(END_OF_KEY)
    if (end < 0) continue
    const before = line.slice(0, end)
    shown[at] = before.replace(CHARACTERS_AT_END, '***') + line.slice(end)
    const beginning = shapeOf(before.replace(CHARACTERS_AT_END, ''))
    for (let above = at - 1; isLineOfKey(shown[above], beginning); above -= 1) shown[above] = '***'
  }
  return shown
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
