import { randomUUID } from 'node:crypto'
import { StoreError } from '../errors/store-error.ts'

/** One pool's part of the keys. */
export interface Floor {
  /** What the keys of all its records begin with, and no other key does. */
  readonly prefix: string
  key(name: string): string
  /** A place for what is put out of the way: outside of the prefix, and another one at each call. */
  asideKey(name: string): string
  /** The name that has this key; undefined for a key that is no record's. */
  nameOf(key: string): string | undefined
}

/** Throws `STORE_MISCONFIGURED` for a namespace that has no spelling of its own. */
export function floorOf(namespace: string | undefined): Floor {
  if (namespace !== undefined && textOf(keyOf(namespace)) !== namespace) {
    throw new StoreError('STORE_MISCONFIGURED', 'This poolId cannot name a part of a store: it is not well-formed.')
  }
  const floor = namespace === undefined ? 'ground' : `pool-${keyOf(namespace)}`
  const prefix = `${floor}/live/`
  return {
    prefix,
    key: (name) => prefix + keyOf(name),
    asideKey: (name) => `${floor}/aside/${keyOf(`${name} ${randomUUID()}`)}`,
    nameOf(key) {
      if (!key.startsWith(prefix) || key === prefix) return undefined
      const name = textOf(key.slice(prefix.length))
      return prefix + keyOf(name) === key ? name : undefined
    },
  }
}

// Characters that no place folds, splits or interprets. `_` is the splitting's own: a segment that ends in it goes on
// in the next one, since a file's name has at most 255 bytes, and no segment is both a file and a directory.
const spelled = (byte: number): string => {
  const character = String.fromCharCode(byte)
  return /[a-z0-9-]/.test(character) ? character : `~${byte.toString(16).padStart(2, '0')}`
}

/** A text in segments of `[a-z0-9~-]`, one-to-one. */
export function keyOf(text: string): string {
  const safe = Array.from(Buffer.from(text), spelled).join('')
  return (safe.match(/.{1,150}/g) ?? []).join('_/')
}

export function textOf(key: string): string {
  const bytes = key.replaceAll('_/', '').replace(/~(..)/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString()
}
