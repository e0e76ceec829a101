import { randomBytes } from 'node:crypto'

/** Where a file that cannot be read is moved: beside itself, under a name that says when, and that no other has. */
export function asidePath(path: string): string {
  const time = new Date().toISOString().replaceAll(':', '')
  return `${path}.corrupt-${time}-${randomBytes(4).toString('hex')}`
}
