import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Packages of ours by the short names that stand for them. */
export const PACKAGES: Readonly<Record<string, string>> = {
  file: '@sessionkeep/store-file',
  lowdb: '@sessionkeep/store-lowdb',
  keyv: '@sessionkeep/store-keyv',
  tmux: '@sessionkeep/tmux',
}
const SHORT_NAMES = new Map(Object.entries(PACKAGES).map(([name, given]) => [given, name]))

/** Whether a store's name is a place on the disk: absolute, beginning with a dot or with `~/`, or a `file:` URL. */
export function isPath(name: string): boolean {
  return isAbsolute(name) || /^(\.{1,2}|~)([\\/]|$)/.test(name) || name.startsWith('file:')
}

/** A path with the home directory in place of a leading `~`: a shell does so, and whoever starts a service has none. */
export function fromHome(path: string): string {
  return /^~([\\/]|$)/.test(path) ? join(homedir(), path.slice(1)) : path
}

/**
 * One store has one name however it is written: a package of ours its short name, a path is absolute. The name of another
 * package is as it is.
 */
export function canonicalName(name: string, base: string): string {
  if (!isPath(name)) return SHORT_NAMES.get(name) ?? name
  if (!name.startsWith('file:')) return resolve(base, fromHome(name))
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
