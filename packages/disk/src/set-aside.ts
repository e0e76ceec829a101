import { randomBytes } from 'node:crypto'

/**
 * Returns the path to which an unreadable file is moved: beside the file, with the time and a random part in its
 * name.
 *
 * @example
 * await rename(path, asidePath(path))
 */
export function asidePath(path: string): string {
  const time = new Date().toISOString().replaceAll(':', '')
  return `${path}.corrupt-${time}-${randomBytes(4).toString('hex')}`
}
