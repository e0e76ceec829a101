import { createHash } from 'node:crypto'

const PLAIN = /^[A-Za-z0-9_-]+$/
const FOLD_SAFE = /^[a-z0-9_-]+$/
const DEVICE = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])$/
const ESCAPED = /^(?:[A-Za-z0-9_-]|%[0-9a-f]{2})+$/
// "%s" never begins an escape, so no escaped name can look like a hashed one.
const HASHED = /^%sha256-[0-9a-f]{64}$/
const MAX_LENGTH = 200

/**
 * The meaning of a file name without its ending. It is a name, or `hashed` if the name is inside the file, or
 * undefined for a file that is not ours.
 */
export type DecodedName = { readonly name: string } | 'hashed' | undefined

/**
 * Encodes any well-formed string as a file name without its ending. The encoding is one-to-one. The result is ASCII,
 * has 1 to 200 characters, and never begins with a dot. With `foldsCase`, two encoded names never differ by case alone.
 *
 * @example
 * encodeName('claude docs', false) // 'claude%20docs'
 */
export function encodeName(name: string, foldsCase: boolean): string {
  const plain = foldsCase ? FOLD_SAFE.test(name) && !DEVICE.test(name) : PLAIN.test(name)
  const encoded = plain ? name : escapeBytes(name)
  return encoded.length <= MAX_LENGTH ? encoded : `%sha256-${createHash('sha256').update(name).digest('hex')}`
}

/**
 * Decodes a file name. It accepts only results of {@link encodeName} for names that are not empty.
 *
 * @example
 * decodeName('claude%20docs', false) // { name: 'claude docs' }
 */
export function decodeName(encoded: string, foldsCase: boolean): DecodedName {
  if (HASHED.test(encoded)) return 'hashed'
  if (!ESCAPED.test(encoded)) return undefined
  const bytes = Buffer.from(
    encoded.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  )
  const name = bytes.toString('utf8')
  return encodeName(name, foldsCase) === encoded ? { name } : undefined
}

/**
 * Whether the file name has only a hash of the name. Then the name itself is inside the file.
 *
 * @example
 * const content = isHashed(encoded) ? { name, record } : record
 */
export function isHashed(encoded: string): boolean {
  return HASHED.test(encoded)
}

function escapeBytes(name: string): string {
  if (name === '') return '%'
  const escaped = [...Buffer.from(name, 'utf8')].map((byte) => {
    const character = String.fromCharCode(byte)
    return FOLD_SAFE.test(character) ? character : percent(byte)
  })
  // Some systems open a device for these names, whatever the ending.
  if (DEVICE.test(name)) escaped[0] = percent(name.charCodeAt(0))
  return escaped.join('')
}

function percent(byte: number): string {
  return `%${byte.toString(16).padStart(2, '0')}`
}
