import { createHash } from 'node:crypto'

/**
 * The session option that holds a pool's record. Pools of different namespaces have options of their own. A namespace can
 * be any text; in an option's name only letters, digits and `_` are safe.
 */
export function recordOption(namespace: string | undefined): string {
  return `@sessionkeep_record${suffix(namespace)}`
}

/** Where what could not be read is kept. */
export function asideOption(namespace: string | undefined, mark: string): string {
  return `@sessionkeep_aside${suffix(namespace)}_${mark}`
}

function suffix(namespace: string | undefined): string {
  // As JSON, in which lone surrogates too are told apart.
  const text = JSON.stringify(namespace)
  return text === undefined ? '' : `_${createHash('sha256').update(text).digest('hex')}`
}
