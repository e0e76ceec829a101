import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { typedText } from '../src/text.ts'

const ESC = '\u001b'
const LONG = 100_000

describe('typedText()', () => {
  test.each([
    ['plain text', 'żółć 🦊 a;b\\', 'żółć 🦊 a;b\\'],
    ['line breaks of any system', 'a\nb\r\nc\rd', 'a\nb\nc\nd'],
    ['tabs', 'a\tb', 'a\tb'],
    ['colours of a log line', `err ${ESC}[31mred${ESC}[0m!`, 'err red!'],
    ['a title', `${ESC}]0;owned\u0007text`, 'text'],
    ['keys', `a\u0003b\u0004c${ESC}d`, 'abc'],
    ['C1 controls', 'a\u009b31mb\u0085c', 'abc'],
    ['the end of a paste', `x${ESC}[201~\r/exit\r`, 'x\n/exit\n'],
    ['the end of a paste in pieces', `x${ESC}[20${ESC}[201~1~y`, 'x201~y'],
  ])('strips what is no text from %s', (_what, text, typed) => {
    expect(typedText(text, 'strip')).toBe(typed)
  })

  test('refuses control characters on request, but accepts line breaks', () => {
    expect(() => typedText(`a${ESC}`, 'refuse')).toThrow(TypeError)
    expect(typedText('a\r\nb\tc', 'refuse')).toBe('a\nb\tc')
  })

  test('passes control characters on request, but never the end of a paste', () => {
    expect(typedText(`a\u0003${ESC}[A`, 'pass')).toBe(`a\u0003${ESC}[A`)
    expect(typedText(`x${ESC}[20${ESC}[201~1~y`, 'pass')).toBe('xy')
  })

  // The time-out fails the test when the time grows with the square of the length.
  test.each([
    ['escapes within escapes', 'strip', ESC.repeat(LONG) + 'a'.repeat(LONG)],
    ['commands of C1 that do not end', 'strip', '\u009d'.repeat(LONG)],
    ['a title that does not end, of commands that do not', 'strip', `${ESC}]${'\u0090'.repeat(LONG)}`],
    ['ends of pastes within ends of pastes', 'pass', `${ESC}[20`.repeat(LONG) + '1~'.repeat(LONG)],
    ['tildes', 'pass', `${ESC}[201~${'~'.repeat(LONG)}`],
  ] as const)(
    'a long text does not hold up the gateway, whatever it is made of: %s',
    { timeout: 5000 },
    (_what, controls, text) => {
      expect(typedText(text, controls)).not.toContain(ESC)
    },
  )

  test('removes all control characters from any text', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(ESC, '[201~', '[', ']', '\u009b', '\r', '\n', '\u0007', '\u0003', '\\', '~', '201'),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const typed = typedText(pieces.join(''), 'strip')
        const controls = [...typed].filter((character) => {
          const point = character.codePointAt(0) ?? 0
          return (point < 0x20 && point !== 0x09 && point !== 0x0a) || (point >= 0x7f && point <= 0x9f)
        })
        return controls.length === 0
      }),
      { numRuns: 2000 },
    )
  })

  test('changes nothing in a text of printable characters', () => {
    const printable = fc.stringMatching(/^[ -~\u00a0-\ud7ff\n\t]*$/)
    fc.assert(fc.property(printable, (text) => typedText(text, 'strip') === text))
  })
})
