import { createHash } from 'node:crypto'

// A part is so short that a whole key fits into the 255 characters of the tables of Keyv.
const LONGEST_PART = 72
const HASHED = '%sha256-'

/** The keys of the records of one pool within one namespace. */
export interface KeySpace {
  /** The common prefix of the keys of all its records. Besides these keys only `probe` begins with it. */
  readonly prefix: string
  /** A key with this prefix that no name has. */
  readonly probe: string
  /** A key of the form of `asideKey` to which no record is ever moved. */
  readonly asideProbe: string
  /** The key of a name. */
  key(name: string): string
  /** The key to which an unreadable record is moved. It does not begin with the prefix, and differs with each `unique`. */
  asideKey(name: string, unique: string): string
  /** The key of the lease of an owner. It does not begin with the prefix. */
  leaseKey(owner: string): string
  /**
   * The name whose record has this key. Undefined: the key is a hash, and the name is inside the stored text. Null: no record
   * has this key.
   */
  nameOf(key: string): string | undefined | null
}

/**
 * Returns the keys for a namespace and a pool. With `together`, all keys have one part in braces, so that a Redis Cluster
 * keeps them on one node. Only there can one script check the lease and write.
 */
export function keySpaceOf(namespace: string, pool: string | undefined, together = false): KeySpace {
  const own = part(namespace)
  const room = pool === undefined ? '-' : part(pool)
  const tag = `{${own}:${room}}`.replace(/(?<=.)[{}](?=.)/g, (brace) => (brace === '{' ? '%7B' : '%7D'))
  const beside = (kind: string) => (together ? `${tag}%${kind}` : `${own}%${kind}:${room}`)
  const prefix = together ? `${tag}:` : `${own}:${room}:`
  return {
    prefix,
    probe: `${prefix}%probe`,
    asideProbe: `${beside('aside')}:%probe`,
    key: (name) => prefix + part(name),
    asideKey: (name, unique) => `${beside('aside')}:${part(name)}:${unique}`,
    leaseKey: (owner) => `${beside('lease')}:${part(owner)}`,
    nameOf(key) {
      if (!key.startsWith(prefix)) return null
      const text = key.slice(prefix.length)
      return text.startsWith(HASHED) ? undefined : decoded(text)
    },
  }
}

/**
 * Encodes a text, one-to-one, without a colon. `-` stands for "no pool", so the text "-" and the empty text are
 * encoded otherwise.
 */
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
