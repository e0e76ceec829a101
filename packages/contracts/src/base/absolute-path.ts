import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/**
 * Makes a path of an option or a variable absolute. A leading `~` means the home directory, because a service has no shell that
 * would replace it.
 *
 * @param base - Where a relative path starts; empty: at the working directory.
 *
 * @example
 * ```ts
 * absolutePath('~/sessions', process.cwd()) // '/home/me/sessions'
 * ```
 */
export function absolutePath(path: string, base: string): string {
  return resolve(base, /^~([\\/]|$)/.test(path) ? join(homedir(), path.slice(1)) : path)
}
