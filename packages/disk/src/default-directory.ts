import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { ConfigError } from '@sessionkeep/core/store'

/**
 * Where records are kept when nobody says: `SESSIONKEEP_DIRECTORY`, else `sessionkeep` in the user's state directory
 * (`XDG_STATE_HOME`, which counts only if absolute, else `~/.local/state`).
 */
export function defaultDirectory(env: NodeJS.ProcessEnv = process.env): string {
  if (env.SESSIONKEEP_DIRECTORY) return env.SESSIONKEEP_DIRECTORY
  const state = env.XDG_STATE_HOME
  if (state && isAbsolute(state)) return join(state, 'sessionkeep')
  const home = homedir()
  if (isAbsolute(home)) return join(home, '.local', 'state', 'sessionkeep')
  throw new ConfigError(
    'CONFIG_INVALID',
    'The store has no place: this user has no home; set SESSIONKEEP_DIRECTORY, or the option that names its directory or file.',
  )
}
