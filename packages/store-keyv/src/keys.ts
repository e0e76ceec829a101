import { createHash } from 'node:crypto'

// Every part of a key fits, so that the whole stays within the 255 characters of Keyv's tables.
const LONGEST_PART = 72
const HASHED = '%sha256-'

/** Where one pool's records are within one namespace. */
export interface Floor {
  /** What all keys of this floor start with, and no key of another does. */
  readonly prefix: string
  /** A key of this floor that is no name's. */
  readonly probe: string
  key(name: string): string
  /** Where what cannot be read is put out of the way; outside of the prefix, and different for each call. */
  asideKey(name: string, unique: string): string
  /** The name of a key; undefined for a hashed one, which keeps its name in its text, and `null` for a key that is not ours. */
  nameOf(key: string): string | undefined | null
}

export function floorOf(namespace: string, pool: string | undefined): Floor {
  const space = part(namespace)
  const room = pool === undefined ? '-' : part(pool)
  const prefix = `${space}:${room}:`
  return {
    prefix,
    probe: `${prefix}%probe`,
    key: (name) => prefix + part(name),
    asideKey: (name, unique) => `${space}%aside:${room}:${part(name)}:${unique}`,
    nameOf(key) {
      if (!key.startsWith(prefix)) return null
      const text = key.slice(prefix.length)
      return text.startsWith(HASHED) ? undefined : decoded(text)
    },
  }
}

/** One-to-one, and without a colon; `-` and the empty string are spelled so that neither stands for "no pool". */
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
