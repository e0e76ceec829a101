import { createHash } from 'node:crypto'

/**
 * The session option that holds a record. Each namespace has its own option. A namespace can be any text, but only
 * letters, digits and `_` are safe in the name of an option, so it is hashed.
 */
export function recordOption(namespace: string | undefined): string {
  return `@sessionkeep_record${suffix(namespace)}`
}

/** The option to which an unreadable record is moved. */
export function asideOption(namespace: string | undefined, mark: string): string {
  return `@sessionkeep_aside${suffix(namespace)}_${mark}`
}

function suffix(namespace: string | undefined): string {
  // JSON keeps lone surrogates distinct, which UTF-8 would not.
  const text = JSON.stringify(namespace)
  return text === undefined ? '' : `_${createHash('sha256').update(text).digest('hex')}`
}
