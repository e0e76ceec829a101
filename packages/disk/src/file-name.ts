import { createHash } from 'node:crypto'

const PLAIN = /^[A-Za-z0-9_-]+$/
const FOLD_SAFE = /^[a-z0-9_-]+$/
const DEVICE = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])$/
const ESCAPED = /^(?:[A-Za-z0-9_-]|%[0-9a-f]{2})+$/
// "%s" is never the start of an escape, so no escaped name can look like a hashed one.
const HASHED = /^%sha256-[0-9a-f]{64}$/
const MAX_LENGTH = 200

/** What a file name (without its ending) stands for. `hashed`: the name stands inside the file. Undefined: not ours. */
export type DecodedName = { readonly name: string } | 'hashed' | undefined

/**
 * The file name, without ending, of any well-formed string: one-to-one, ASCII, 1 to 200 characters, never beginning
 * with a dot. With `foldsCase`, two of them differ in more than the case of their letters.
 */
export function encodeName(name: string, foldsCase: boolean): string {
  const plain = foldsCase ? FOLD_SAFE.test(name) && !DEVICE.test(name) : PLAIN.test(name)
  const encoded = plain ? name : escapeBytes(name)
  return encoded.length <= MAX_LENGTH ? encoded : `%sha256-${createHash('sha256').update(name).digest('hex')}`
}

/** The way back. Answers for exactly the file names that {@link encodeName} gives. */
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

/** Whether this name is too long for a file name, so that the file itself has to say it. */
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
