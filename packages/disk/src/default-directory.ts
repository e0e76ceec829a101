import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { absolutePath, ConfigError } from '@sessionkeep/contracts'
import { encodeName } from './file-name.ts'

/**
 * The directory of records when none is configured: `SESSIONKEEP_DIRECTORY`, else `sessionkeep` in the state
 * directory of the user (`XDG_STATE_HOME` if absolute, else `~/.local/state`). The variable is read as by a pool: blanks
 * around it do not count, and `~` is the home directory.
 *
 * @throws `ConfigError` with `CONFIG_INVALID` when the user has no home directory
 *
 * @example
 * const directory = options.directory ?? defaultDirectory()
 */
export function defaultDirectory(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const given = env.SESSIONKEEP_DIRECTORY?.trim()
  if (given) return absolutePath(given, '')
  const state = env.XDG_STATE_HOME
  if (state && isAbsolute(state)) return join(state, 'sessionkeep')
  const home = homedir()
  if (isAbsolute(home)) return join(home, '.local', 'state', 'sessionkeep')
  throw new ConfigError(
    'CONFIG_INVALID',
    'The store has no directory: this user has no home directory; set SESSIONKEEP_DIRECTORY, or the option that names its directory or file.',
  )
}

/**
 * The document of records when none is configured: `sessions.lowdb.json` in {@link defaultDirectory}.
 *
 * @throws `ConfigError` with `CONFIG_INVALID` when the user has no home directory
 *
 * @example
 * const file = options.file ?? defaultDocument()
 */
export function defaultDocument(env: Readonly<Record<string, string | undefined>> = process.env): string {
  // This ending cannot collide with records of a file store in the same directory, because their names contain no dot.
  return join(defaultDirectory(env), 'sessions.lowdb.json')
}

/**
 * The directory of a pool's records in the directory of a store: a sub-directory for a pool with an id.
 *
 * @example
 * const directory = directoryOfPool(root, context.namespace)
 */
export function directoryOfPool(root: string, namespace: string | undefined): string {
  return namespace === undefined ? root : join(root, encodeName(namespace, true))
}
