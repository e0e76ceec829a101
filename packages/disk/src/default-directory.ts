import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { ConfigError } from '@sessionkeep/contracts'

/**
 * The directory of records when none is configured: `SESSIONKEEP_DIRECTORY`, else `sessionkeep` in the state
 * directory of the user (`XDG_STATE_HOME` if absolute, else `~/.local/state`).
 *
 * @throws `ConfigError` with `CONFIG_INVALID` when the user has no home directory
 *
 * @example
 * const directory = options.directory ?? defaultDirectory()
 */
export function defaultDirectory(env: NodeJS.ProcessEnv = process.env): string {
  if (env.SESSIONKEEP_DIRECTORY) return env.SESSIONKEEP_DIRECTORY
  const state = env.XDG_STATE_HOME
  if (state && isAbsolute(state)) return join(state, 'sessionkeep')
  const home = homedir()
  if (isAbsolute(home)) return join(home, '.local', 'state', 'sessionkeep')
  throw new ConfigError(
    'CONFIG_INVALID',
    'The store has no directory: this user has no home directory; set SESSIONKEEP_DIRECTORY, or the option that names its directory or file.',
  )
}
