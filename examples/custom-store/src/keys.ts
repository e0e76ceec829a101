// Of a key's segments, names have these characters alone: no driver folds, splits or interprets them. `_` is ours: a
// segment that ends in it goes on in the next one, since a file's name may have 255 bytes.
const escaped = (byte: number) => {
  const character = String.fromCharCode(byte)
  return /[a-z0-9-]/.test(character) ? character : `~${byte.toString(16).padStart(2, '0')}`
}

/** The key of a text, one-to-one. */
export function keyOf(text: string): string {
  const safe = Array.from(Buffer.from(text), escaped).join('')
  return (safe.match(/.{1,150}/g) ?? []).join('_:')
}

export function textOf(key: string): string {
  const bytes = key.replaceAll('_:', '').replace(/~(..)/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString()
}
