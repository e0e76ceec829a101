import { randomBytes } from 'node:crypto'

/**
 * Returns a path beside the file for what is set aside: a file that cannot be read, or a record that another one has
 * superseded. The new name ends with the reason, the time and a random part.
 *
 * @example
 * await rename(path, asidePath(path))
 */
export function asidePath(path: string, why: 'corrupt' | 'superseded' = 'corrupt'): string {
  const time = new Date().toISOString().replaceAll(':', '')
  return `${path}.${why}-${time}-${randomBytes(4).toString('hex')}`
}
