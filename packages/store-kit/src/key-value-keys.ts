import { randomUUID } from 'node:crypto'
import { assertNamespace } from './errors.ts'

/** The keys of one namespace. */
export interface KeySpace {
  /** What the keys of all its records begin with. No other key begins so. */
  readonly prefix: string
  key(name: string): string
  /** Where a record is moved that cannot be read: outside of the prefix, and another key at each call. */
  asideKey(name: string): string
  /** The name that has this key; undefined for a key that is no record's. */
  nameOf(key: string): string | undefined
}

/** Throws `STORE_MISCONFIGURED` for a namespace that is not well-formed Unicode. Undefined is the default namespace. */
export function keySpaceOf(namespace: string | undefined): KeySpace {
  assertNamespace(namespace)
  const root = namespace === undefined ? 'ground' : `pool-${keyOf(namespace)}`
  const prefix = `${root}/live/`
  return {
    prefix,
    key: (name) => prefix + keyOf(name),
    asideKey: (name) => `${root}/aside/${keyOf(`${name} ${randomUUID()}`)}`,
    nameOf(key) {
      if (!key.startsWith(prefix) || key === prefix) return undefined
      const name = textOf(key.slice(prefix.length))
      return prefix + keyOf(name) === key ? name : undefined
    },
  }
}

const escaped = (byte: number): string => {
  const character = String.fromCharCode(byte)
  return /[a-z0-9-]/.test(character) ? character : `~${byte.toString(16).padStart(2, '0')}`
}

/**
 * A text in segments of `[a-z0-9~-]`, one-to-one; no backend folds, splits or interprets these characters. A file name
 * has at most 255 bytes, so a long text goes on in the next segment, and `_` ends each segment that is not the last: no
 * segment is both a file and a directory.
 */
export function keyOf(text: string): string {
  const safe = Array.from(Buffer.from(text), escaped).join('')
  return (safe.match(/.{1,150}/g) ?? []).join('_/')
}

/** The text that {@link keyOf} made a key of. */
export function textOf(key: string): string {
  const bytes = key.replaceAll('_/', '').replace(/~(..)/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString()
}
