/**
 * What happens to characters that a terminal would take for keys or commands: `strip` removes them, `refuse` rejects
 * the whole text with a `TypeError`, `pass` types them. Line breaks and tabs always count as text.
 */
export type ControlCharacters = 'strip' | 'refuse' | 'pass'

const code = (from: number, to = from): string =>
  `\\u${from.toString(16).padStart(4, '0')}${to === from ? '' : `-\\u${to.toString(16).padStart(4, '0')}`}`

/** Escape sequences for colours and movement. They are removed whole, so that no part of one remains as text. */
const SEQUENCE = new RegExp(
  // CSI sequences, then OSC and similar ones up to their terminator, then any other escape.
  `(?:${code(0x1b)}\\[|${code(0x9b)})[0-?]*[ -/]*[@-~]|` +
    `(?:${code(0x1b)}[\\]PX^_]|[${code(0x90)}${code(0x98)}${code(0x9d, 0x9f)}])[^${code(0x07)}${code(0x1b)}${code(0x9c)}]*(?:${code(0x07)}|${code(0x1b)}\\\\|${code(0x9c)})|` +
    `${code(0x1b)}[ -/]*[0-~]`,
  'g',
)
/** C0 except tab and line feed, DEL, and C1, which some terminals read as escape sequences. */
const CONTROL = new RegExp(`[${code(0x00, 0x08)}${code(0x0b, 0x1f)}${code(0x7f, 0x9f)}]`, 'g')
/** The sequence that ends a bracketed paste. Text after it would be typed as keys. */
const PASTE_END = new RegExp(`(?:${code(0x1b)}\\[|${code(0x9b)})201~`, 'g')

/**
 * Returns the text to type. A carriage return would be Enter to a program, so every line break becomes a line feed, except
 * with `pass`. No text can end its own paste, not even with `pass`.
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

/** Removes all matches, and again those that form when a removal joins two halves. */
function withoutAll(text: string, pattern: RegExp): string {
  let before: string
  let after = text
  do {
    before = after
    after = before.replace(pattern, '')
  } while (after !== before)
  return after
}
