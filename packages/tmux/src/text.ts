/**
 * What is done with characters of a text that a terminal takes for keys or commands: `strip` leaves them out, `refuse`
 * rejects the whole text with a `TypeError`, `pass` types them. Line breaks and tabs are text in each case.
 */
export type ControlCharacters = 'strip' | 'refuse' | 'pass'

const code = (from: number, to = from): string =>
  `\\u${from.toString(16).padStart(4, '0')}${to === from ? '' : `-\\u${to.toString(16).padStart(4, '0')}`}`

/** Sequences that colour or move, as programs print them: whole, so that nothing of one is left as text. */
const SEQUENCE = new RegExp(
  // CSI, then OSC and its kin up to their end, then any other escape.
  `(?:${code(0x1b)}\\[|${code(0x9b)})[0-?]*[ -/]*[@-~]|` +
    `(?:${code(0x1b)}[\\]PX^_]|[${code(0x90)}${code(0x98)}${code(0x9d, 0x9f)}])[^${code(0x07)}${code(0x1b)}${code(0x9c)}]*(?:${code(0x07)}|${code(0x1b)}\\\\|${code(0x9c)})|` +
    `${code(0x1b)}[ -/]*[0-~]`,
  'g',
)
/** C0 but tab and line feed, DEL, and C1, which some terminals take for sequences of their own. */
const CONTROL = new RegExp(`[${code(0x00, 0x08)}${code(0x0b, 0x1f)}${code(0x7f, 0x9f)}]`, 'g')
/** Ends a bracketed paste: what stands behind it in a text would be typed as keys. */
const PASTE_END = new RegExp(`(?:${code(0x1b)}\\[|${code(0x9b)})201~`, 'g')

/**
 * The text that is typed. A carriage return is Enter to a program, so that a line break is always a line feed. No text can
 * end its own paste, also where control characters are passed.
 */
export function typedText(text: string, controls: ControlCharacters): string {
  if (controls === 'pass') return withoutAll(text, PASTE_END)
  const lines = text.replace(/\r\n?/g, '\n')
  if (controls === 'strip') return withoutAll(lines, SEQUENCE).replace(CONTROL, '')
  if (lines.search(CONTROL) >= 0) {
    throw new TypeError('the text has control characters; leave them out, or give controls: "strip" or "pass"')
  }
  return lines
}

/** What is left when removing one brings two halves of another together goes as well. */
function withoutAll(text: string, pattern: RegExp): string {
  let before: string
  let after = text
  do {
    before = after
    after = before.replace(pattern, '')
  } while (after !== before)
  return after
}
