import { createHash } from 'node:crypto'

// Each part is short enough for a whole key to stay within the 255 characters of Keyv's tables.
const LONGEST_PART = 72
const HASHED = '%sha256-'

/** The keys of one pool's records within one namespace. */
export interface KeySpace {
  /** What the keys of all its records begin with. No other key begins so. */
  readonly prefix: string
  /** A key with this prefix that no name has. */
  readonly probe: string
  key(name: string): string
  /** Where a record is moved that cannot be read: outside of the prefix, and another key for each `unique`. */
  asideKey(name: string, unique: string): string
  /** The name of a key. Undefined: the key is hashed, and its text has the name. Null: the key is no record's. */
  nameOf(key: string): string | undefined | null
}

export function keySpaceOf(namespace: string, pool: string | undefined): KeySpace {
  const own = part(namespace)
  const room = pool === undefined ? '-' : part(pool)
  const prefix = `${own}:${room}:`
  return {
    prefix,
    probe: `${prefix}%probe`,
    key: (name) => prefix + part(name),
    asideKey: (name, unique) => `${own}%aside:${room}:${part(name)}:${unique}`,
    nameOf(key) {
      if (!key.startsWith(prefix)) return null
      const text = key.slice(prefix.length)
      return text.startsWith(HASHED) ? undefined : decoded(text)
    },
  }
}

/** One-to-one, and without a colon. `-` stands for "no pool", so that text and the empty one are written otherwise. */
function part(text: string): string {
  if (text === '') return '%'
  if (text === '-') return '%2D'
  const encoded = text.replace(/[%:]/g, (character) => (character === '%' ? '%25' : '%3A'))
  return encoded.length <= LONGEST_PART ? encoded : HASHED + createHash('sha256').update(text).digest('hex')
}

function decoded(text: string): string | null {
  const name = text === '%' ? '' : text === '%2D' ? '-' : text.replace(/%3A/g, ':').replace(/%25/g, '%')
  return part(name) === text ? name : null
}
