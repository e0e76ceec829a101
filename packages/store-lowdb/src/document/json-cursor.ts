import { setImmediate as nextTurn } from 'node:timers/promises'

/** How many characters are handled before the event loop gets a turn. */
const TURN = 256 * 1024
const PRIMITIVE = /[-+.\w]+/y
const SPACE = /[ \t\r\n]*/y
const QUOTE = 0x22
const OPENING: ReadonlySet<number> = new Set([0x7b, 0x5b])
const CLOSING: ReadonlySet<number> = new Set([0x7d, 0x5d])

/**
 * Splits JSON into the texts of its members without parsing them, so that a large member costs little. Pauses, so that a large
 * text does not block the event loop. The inside of a member is not checked.
 *
 * Each method throws a `SyntaxError` where the text is no JSON.
 */
export function jsonCursor(text: string) {
  let at = 0
  let pausedAt = 0

  const fail = (): never => {
    throw new SyntaxError(`unexpected ${at < text.length ? JSON.stringify(text[at]) : 'end'} at position ${at}`)
  }
  const skipSpace = () => {
    SPACE.lastIndex = at
    at += SPACE.exec(text)?.[0].length ?? 0
  }
  const isNext = (character: string): boolean => {
    skipSpace()
    if (text[at] !== character) return false
    at += 1
    return true
  }
  const expect = (character: string) => {
    if (!isNext(character)) fail()
  }
  /** Returns the position behind the text whose opening quote is at `from`. */
  const endOfText = (from: number): number => {
    for (let end = text.indexOf('"', from + 1); end >= 0; end = text.indexOf('"', end + 1)) {
      let slashes = 0
      while (text[end - 1 - slashes] === '\\') slashes += 1
      if (slashes % 2 === 0) return end + 1
    }
    at = text.length
    return fail()
  }
  const pause = async (position: number) => {
    if (position - pausedAt < TURN) return
    pausedAt = position
    await nextTurn()
  }
  const endOfBrackets = async (): Promise<number> => {
    let depth = 0
    for (let end = at; end < text.length; end += 1) {
      const character = text.charCodeAt(end)
      if (character === QUOTE) end = endOfText(end) - 1
      else if (OPENING.has(character)) depth += 1
      else if (CLOSING.has(character)) {
        depth -= 1
        if (depth === 0) return end + 1
      }
      if (end - pausedAt >= TURN) await pause(end)
    }
    at = text.length
    return fail()
  }
  const name = (): string => {
    skipSpace()
    if (text[at] !== '"') fail()
    const from = at
    at = endOfText(at)
    return JSON.parse(text.slice(from, at)) as string
  }

  return {
    /** The text of the next value. */
    async value(): Promise<string> {
      skipSpace()
      const from = at
      if (text.charCodeAt(at) === QUOTE) at = endOfText(at)
      else if (OPENING.has(text.charCodeAt(at))) at = await endOfBrackets()
      else {
        PRIMITIVE.lastIndex = at
        at += PRIMITIVE.exec(text)?.[0].length ?? fail()
      }
      await pause(at)
      return text.slice(from, at)
    },
    /** Passes the name of each member of an object to `member`, which has to take its value. */
    async object(member: (name: string) => Promise<void>): Promise<void> {
      expect('{')
      if (isNext('}')) return
      do {
        const key = name()
        expect(':')
        await member(key)
      } while (isNext(','))
      expect('}')
    },
    /** Calls `item` for each item of a list, which has to take it. */
    async list(item: () => Promise<void>): Promise<void> {
      expect('[')
      if (isNext(']')) return
      do await item()
      while (isNext(','))
      expect(']')
    },
    /** Whether the next value begins with this character. */
    begins(character: string): boolean {
      skipSpace()
      if (at === text.length) fail()
      return text[at] === character
    },
    /** Checks that nothing follows. */
    end(): void {
      skipSpace()
      if (at < text.length) fail()
    },
  }
}

export type JsonCursor = ReturnType<typeof jsonCursor>
