import { randomBytes } from 'node:crypto'

/**
 * Returns the path to which a file is moved that cannot be read, or a record is written that another one has
 * superseded: beside the file, with the reason, the time and a random part in its name.
 *
 * @example
 * await rename(path, asidePath(path))
 */
export function asidePath(path: string, why: 'corrupt' | 'superseded' = 'corrupt'): string {
  const time = new Date().toISOString().replaceAll(':', '')
  return `${path}.${why}-${time}-${randomBytes(4).toString('hex')}`
}
