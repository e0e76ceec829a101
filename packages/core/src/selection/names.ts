import { isAbsolute, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Whether a store's name is a place on the disk: absolute, beginning with a dot, or a `file:` URL. */
export function isPath(name: string): boolean {
  return isAbsolute(name) || /^\.{1,2}([\\/]|$)/.test(name) || name.startsWith('file:')
}

/** The name as it is, but for a path: that one absolute, so that one store has one name wherever it is written. */
export function absoluteName(name: string, base: string): string {
  if (!isPath(name)) return name
  if (!name.startsWith('file:')) return resolve(base, name)
  try {
    return fileURLToPath(name)
  } catch {
    // No URL of a file here: whoever loads it says so.
    return name
  }
}

/** Whether it looks like a connection string, put where a name belongs. */
export function isUri(name: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(name) && !isPath(name)
}
