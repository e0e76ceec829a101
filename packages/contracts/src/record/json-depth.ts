const QUOTE = 0x22
const BACKSLASH = 0x5c
const BRACE = 123
const BRACKET = 91
const BRACE_END = 125
const BRACKET_END = 93
const COMMA = 44

/** The nesting and the size of a JSON text. */
export interface JsonShape {
  /** How deep its objects and arrays are nested. */
  readonly depth: number
  /** How many values it has: at least one for each object, array and member. */
  readonly values: number
}

/** How deep the objects and arrays of a JSON text are nested. See {@link jsonShape}. */
export function jsonDepth(text: string): number {
  return jsonShape(text).depth
}

/**
 * Measures how deep a JSON text is nested, and how many values it has. It neither recurses nor parses, so that no text overflows the stack or blocks the process. The
 * result for a text that is not JSON has no meaning.
 */
export function jsonShape(text: string): JsonShape {
  let deepest = 0
  let values = 1
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
      values += 1
      if (depth > deepest) deepest = depth
    } else if (character === BRACE_END || character === BRACKET_END) depth -= 1
    else if (character === COMMA) values += 1
  }
  return { depth: deepest, values }
}
