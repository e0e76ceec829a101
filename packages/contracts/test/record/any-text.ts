import fc from 'fast-check'

/** The code points that are halves of a surrogate pair. */
const [FIRST_HALF, HALVES] = [0xd800, 0x800]

/**
 * Any code point but a half of a surrogate pair. The unit `binary` of fast-check is the same, but lists the million of them in a
 * map, which takes a second, and time in each garbage collection after that.
 */
const codePoint = fc.nat(0x10ffff - HALVES).map(
  (at) => String.fromCodePoint(at < FIRST_HALF ? at : at + HALVES),
  // With this, fast-check also makes texts such as `__proto__`.
  (text) => {
    const at = typeof text === 'string' && [...text].length === 1 ? Number(text.codePointAt(0)) : Number.NaN
    return at < FIRST_HALF ? at : at - HALVES
  },
)

/** Texts of any code points, and of so many of them. */
export const anyText = (length: Omit<fc.StringConstraints, 'unit'>): fc.Arbitrary<string> =>
  fc.string({ unit: codePoint, ...length })
