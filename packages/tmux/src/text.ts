/**
 * What happens to characters that a terminal would take for keys or commands: `strip` removes them, `refuse` rejects
 * the whole text with a `TypeError`, `pass` types them. Line breaks and tabs always count as text.
 */
export type ControlCharacters = 'strip' | 'refuse' | 'pass'

const code = (from: number, to = from): string =>
  `\\u${from.toString(16).padStart(4, '0')}${to === from ? '' : `-\\u${to.toString(16).padStart(4, '0')}`}`

/** What begins an OSC, a DCS and the like as one character of C1. */
const STRING_START = `${code(0x90)}${code(0x98)}${code(0x9d, 0x9f)}`
/** Escape sequences for colours and movement. They are removed whole, so that no part of one remains as text. */
const SEQUENCE = new RegExp(
  // CSI sequences, then OSC and similar ones up to their terminator or the start of another, then any other escape.
  `(?:${code(0x1b)}\\[|${code(0x9b)})[0-?]*[ -/]*[@-~]|` +
    `(?:${code(0x1b)}[\\]PX^_]|[${STRING_START}])[^${code(0x07)}${code(0x1b)}${code(0x9c)}${STRING_START}]*(?:${code(0x07)}|${code(0x1b)}\\\\|${code(0x9c)})|` +
    `${code(0x1b)}[ -/]*[0-~]`,
  'g',
)
/** C0 except tab and line feed, DEL, and C1, which some terminals read as escape sequences. */
const CONTROL = new RegExp(`[${code(0x00, 0x08)}${code(0x0b, 0x1f)}${code(0x7f, 0x9f)}]`, 'g')
/** The sequences that end a bracketed paste. Text after one would be typed as keys. */
const PASTE_ENDS = ['\u001b[201~', '\u009b201~']

/**
 * Returns the text to type. A carriage return would be Enter to a program, so every line break becomes a line feed, except
 * with `pass`. No text can end its own paste, not even with `pass`. It takes time in proportion to the length, whatever the
 * text is, because anybody who can send a message chooses it.
 */
export function typedText(text: string, controls: ControlCharacters): string {
  if (controls === 'pass') return withoutPasteEnds(text)
  const lines = text.replace(/\r\n?/g, '\n')
  if (controls === 'strip') return lines.replace(SEQUENCE, '').replace(CONTROL, '')
  if (lines.search(CONTROL) >= 0) {
    throw new TypeError('the text has control characters; leave them out, or give controls: "strip" or "pass"')
  }
  return lines
}

/** Removes every end of a paste, also one that forms when a removal joins two halves. */
function withoutPasteEnds(text: string): string {
  if (!PASTE_ENDS.some((end) => text.includes(end))) return text
  const kept = new Uint16Array(text.length)
  let length = 0
  for (let at = 0; at < text.length; at += 1) {
    kept[length] = text.charCodeAt(at)
    length += 1
    const ended = text[at] === '~' && PASTE_ENDS.find((end) => endsWith(kept, length, end))
    if (ended) length -= ended.length
  }
  return Buffer.from(kept.buffer, 0, 2 * length).toString('utf16le')
}

function endsWith(units: Uint16Array, length: number, end: string): boolean {
  for (let back = 1; back <= end.length; back += 1)
    if (units[length - back] !== end.charCodeAt(end.length - back)) return false
  return true
}
