const QUOTE = 0x22
const BACKSLASH = 0x5c
const BRACE = 123
const BRACKET = 91
const BRACE_END = 125
const BRACKET_END = 93

/**
 * How deep the objects and arrays of a JSON text are nested. Found without recursion, so that no text overflows the stack. The
 * result for a text that is not JSON has no meaning.
 */
export function jsonDepth(text: string): number {
  let deepest = 0
  let depth = 0
  let quoted = false
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at)
    if (quoted) {
      if (character === BACKSLASH) at += 1
      else if (character === QUOTE) quoted = false
    } else if (character === QUOTE) quoted = true
    else if (character === BRACE || character === BRACKET) {
      depth += 1
      if (depth > deepest) deepest = depth
    } else if (character === BRACE_END || character === BRACKET_END) depth -= 1
  }
  return deepest
}
