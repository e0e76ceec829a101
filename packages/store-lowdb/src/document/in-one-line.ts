import { setImmediate as nextTurn } from 'node:timers/promises'

/** How many bytes are handled before the event loop gets a turn. */
export const TURN_BYTES = 256 * 1024
const LINE_FEED = 0x0a
const RETURN = 0x0d
const SPACE = 0x20

/**
 * Returns JSON with spaces for its line breaks, so that no line of it looks like a line of the document. The texts in it
 * have no line breaks of their own: JSON forbids them.
 */
export async function inOneLine(json: Buffer): Promise<Buffer> {
  if (!json.includes(LINE_FEED)) return json
  const line = Buffer.allocUnsafe(json.length)
  for (let from = 0; from < json.length; from += TURN_BYTES) {
    const to = Math.min(from + TURN_BYTES, json.length)
    for (let at = from; at < to; at += 1) {
      const byte = json[at] ?? SPACE
      line[at] = byte === LINE_FEED || byte === RETURN ? SPACE : byte
    }
    await nextTurn()
  }
  return line
}
