import { randomBytes } from 'node:crypto'

/**
 * Returns a path in the same directory for a file that is set aside, because it cannot be read or because another
 * record has superseded its record. The new name ends with the reason, the time and a random part.
 *
 * @example
 * await rename(path, asidePath(path))
 */
export function asidePath(path: string, why: 'corrupt' | 'superseded' = 'corrupt'): string {
  const time = new Date().toISOString().replaceAll(':', '')
  return `${path}.${why}-${time}-${randomBytes(4).toString('hex')}`
}
