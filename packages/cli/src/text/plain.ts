/** Control characters, direction marks and line separators, with which a name could change what a terminal shows. */
const UNSAFE = /[\p{Cc}\p{Cf}\u2028\u2029]/gu

/** Makes a text safe to print in a line: characters that a terminal would obey become escapes. */
export function plain(text: string): string {
  return text.replace(UNSAFE, (character) => {
    const code = character.codePointAt(0) ?? 0
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
  })
}

/** Makes a text of several lines safe to print: its line breaks stay. */
export function plainLines(text: string): string {
  return text.split('\n').map(plain).join('\n')
}
