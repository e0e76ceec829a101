import { setImmediate as nextTurn } from 'node:timers/promises'
import { TURN_BYTES } from './in-one-line.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const LINE_FEED = 0x0a
const RETURN = 0x0d
const TAB = 0x09
const SPACE = 0x20
const OPENING: ReadonlySet<number> = new Set([0x7b, 0x5b])
const CLOSING: ReadonlySet<number> = new Set([0x7d, 0x5d])
/** The most quotes that are looked at in one turn of the event loop. */
const TURN_QUOTES = 100_000
/** What a value takes besides its bytes, as a number of bytes. */
const VALUE_BYTES = 512
/** The longest name of a member, in bytes of JSON. In a longer one, a quote is missing: names of pools and their sessions are far shorter, and no store writes a longer one. */
export const MAX_NAME_BYTES = 64 * 1024
/** The characters of numbers, `true`, `false` and `null`. */
const PRIMITIVE: ReadonlySet<number | undefined> = new Set(Buffer.from('+-.0123456789Eaeflnrstu'))

/**
 * Splits JSON into its members without decoding or parsing them, so that a large member costs little. Pauses, so that a large
 * document does not block the event loop. The inside of a member is not checked.
 *
 * Each method throws a `SyntaxError` where the bytes are no JSON.
 */
export function jsonCursor(bytes: Buffer) {
  let at = 0
  let pausedAt = 0
  let twice: string | undefined

  const fail = (): never => {
    const found = at < bytes.length ? JSON.stringify(bytes.toString('latin1', at, at + 1)) : 'end'
    throw new SyntaxError(`unexpected ${found} at byte ${at}`)
  }
  /** Goes to the next byte that is no blank. With a limit, at most so many bytes on. */
  const skipSpace = (most = Number.POSITIVE_INFINITY) => {
    let end = at
    let byte = bytes[end]
    while ((byte === SPACE || byte === LINE_FEED || byte === RETURN || byte === TAB) && end - at < most) {
      end += 1
      byte = bytes[end]
    }
    at = end
  }
  /** The same, with pauses. What is called next finds no blanks. */
  const skipLongSpace = async () => {
    for (let from = at; ; from = at) {
      skipSpace(TURN_BYTES)
      if (at - from < TURN_BYTES) return
      await nextTurn()
    }
  }
  const isNext = (character: string): boolean => {
    skipSpace()
    if (bytes[at] !== character.charCodeAt(0)) return false
    at += 1
    return true
  }
  const expect = (character: string) => {
    if (!isNext(character)) fail()
  }
  /** Returns the position behind the text whose opening quote, or any quote in it, is at `from`; later, if it has very many quotes. */
  const endOfText = (from: number): number | Promise<number> => {
    let quotes = 0
    for (let end = bytes.indexOf(QUOTE, from + 1); end >= 0; end = bytes.indexOf(QUOTE, end + 1)) {
      let slashes = 0
      while (bytes[end - 1 - slashes] === BACKSLASH) slashes += 1
      if (slashes % 2 === 0) return end + 1
      quotes += 1
      if (quotes === TURN_QUOTES) return nextTurn().then(() => endOfText(end))
    }
    at = bytes.length
    return fail()
  }
  const pause = async (position: number) => {
    if (position - pausedAt < TURN_BYTES) return
    pausedAt = position
    await nextTurn()
  }
  const endOfBrackets = async (): Promise<number> => {
    let depth = 0
    for (let end = at; end < bytes.length; end += 1) {
      const character = bytes[end] ?? 0
      if (character === QUOTE) {
        const from = end
        const found = endOfText(from)
        end = (typeof found === 'number' ? found : await found) - 1
        // JSON has no line break inside a text, so that a quote is missing here.
        if (bytes.subarray(from, end).includes(LINE_FEED)) {
          at = from
          return fail()
        }
      } else if (OPENING.has(character)) depth += 1
      else if (CLOSING.has(character)) {
        depth -= 1
        if (depth === 0) return end + 1
      }
      if (end - pausedAt >= TURN_BYTES) await pause(end)
    }
    at = bytes.length
    return fail()
  }
  const name = async (): Promise<string> => {
    await skipLongSpace()
    if (bytes[at] !== QUOTE) fail()
    const from = at
    at = await endOfText(at)
    if (at - from > MAX_NAME_BYTES) throw new SyntaxError(`the name at byte ${from} is too long`)
    return JSON.parse(bytes.toString('utf8', from, at)) as string
  }

  return {
    skipLongSpace,
    /** The bytes of the next value. */
    async value(): Promise<Buffer> {
      await skipLongSpace()
      const from = at
      const first = bytes[at] ?? 0
      if (first === QUOTE) at = await endOfText(at)
      else if (OPENING.has(first)) at = await endOfBrackets()
      else {
        for (; PRIMITIVE.has(bytes[at]); at += 1) if (at - pausedAt >= TURN_BYTES) await pause(at)
        // A number that ends with the document may be torn.
        if (at === from || at === bytes.length) fail()
      }
      pausedAt -= VALUE_BYTES
      await pause(at)
      return bytes.subarray(from, at)
    },
    /** Passes the name of each member of an object to `member`, which has to take its value. Members of one name are passed one after another. */
    async object(member: (name: string) => Promise<void>): Promise<void> {
      expect('{')
      await skipLongSpace()
      if (isNext('}')) return
      const names = new Set<string>()
      do {
        const key = await name()
        if (names.has(key)) twice ??= `the name of a member that is there twice ends at byte ${at}`
        names.add(key)
        await skipLongSpace()
        expect(':')
        await skipLongSpace()
        await member(key)
        await skipLongSpace()
      } while (isNext(','))
      expect('}')
      await skipLongSpace()
    },
    /** Reads a list: calls `item` at the beginning of each item, and `item` has to read all of it. */
    async list(item: () => Promise<void>): Promise<void> {
      expect('[')
      await skipLongSpace()
      if (isNext(']')) return
      do {
        await item()
        await skipLongSpace()
      } while (isNext(','))
      expect(']')
    },
    /** Whether the next value begins with this character. */
    begins(character: string): boolean {
      skipSpace()
      if (at === bytes.length) fail()
      return bytes[at] === character.charCodeAt(0)
    },
    /** Where an object has two members of one name; undefined if none has. */
    twice: () => twice,
    /** Checks that nothing follows. */
    end(): void {
      skipSpace()
      if (at < bytes.length) fail()
    },
  }
}

export type JsonCursor = ReturnType<typeof jsonCursor>
