import { randomUUID } from 'node:crypto'
import { assertNamespace } from './errors.ts'

/** The keys of one namespace. */
export interface KeySpace {
  /** The common prefix of the keys of all its records. No other key begins with it. */
  readonly prefix: string
  /** The key of a name. */
  key(name: string): string
  /** The key to which an unreadable record is moved. It is outside of the prefix, and a new one at each call. */
  asideKey(name: string): string
  /** The name of a key; undefined when it is not the key of a record. */
  nameOf(key: string): string | undefined
}

/**
 * Returns the keys of a namespace; undefined is the default namespace.
 *
 * @throws `STORE_MISCONFIGURED` for a namespace that is not well-formed Unicode
 */
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
 * Encodes a text, one-to-one, as segments of `[a-z0-9~-]`; no backend folds, splits or interprets these characters.
 * Since a file name has at most 255 bytes, a long text is split into several segments. Every segment but the last
 * ends with `_`, so that no segment is both a file and a directory.
 */
export function keyOf(text: string): string {
  const safe = Array.from(Buffer.from(text), escaped).join('')
  return (safe.match(/.{1,150}/g) ?? []).join('_/')
}

/** Decodes a key that {@link keyOf} made. */
export function textOf(key: string): string {
  const bytes = key.replaceAll('_/', '').replace(/~(..)/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString()
}
