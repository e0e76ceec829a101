import type { CreateSessionOptions } from '@sessionkeep/core/host'
import { NO_DIRECTORY } from './client.ts'
import { isWords } from './words.ts'

/**
 * Runs first in the pane, and gives way to the command. It sets what tmux would put its own values over (PATH and SHELL),
 * removes what is not to be there, and enters directories whose names tmux would read as formats. A command line is run by
 * sh, whatever the account's shell is; a session without a command gets that shell, or sh where the account has none.
 */
const LAUNCHER = `
[ "\${SESSIONKEEP_LAUNCH_PATH+x}" ] && PATH=$SESSIONKEEP_LAUNCH_PATH
[ "\${SESSIONKEEP_LAUNCH_SHELL+x}" ] && SHELL=$SESSIONKEEP_LAUNCH_SHELL && export SHELL
if [ "\${SESSIONKEEP_LAUNCH_CWD+x}" ]; then cd -- "$SESSIONKEEP_LAUNCH_CWD" || exit ${NO_DIRECTORY}; fi
unset SESSIONKEEP_LAUNCH_PATH SESSIONKEEP_LAUNCH_SHELL SESSIONKEEP_LAUNCH_CWD $SESSIONKEEP_LAUNCH_UNSET
unset SESSIONKEEP_LAUNCH_UNSET
if [ $# -gt 0 ]; then exec "$@"; fi
case "\${SHELL:-}" in ''|*/nologin|*/false) exec sh ;; esac
exec "$SHELL" -l`

/** The words to run in a pane; `mark` tells the pane that was made by this call from those that a person's hooks add. */
export function launchWords(command: CreateSessionOptions['command'], mark: string): string[] {
  const words = command === undefined ? [] : typeof command === 'string' ? ['sh', '-c', command] : command
  if (!isWords(words) || (command !== undefined && words.length === 0)) {
    throw new TypeError('command must be a command line, or a program and its arguments, without NUL')
  }
  return ['sh', '-c', LAUNCHER, mark, ...words]
}

const NAME = /^[A-Za-z_]\w*$/
/** Tmux's -e cannot set these: for a client without a session it puts its own values over them. */
const OVERRIDDEN = new Set(['PATH', 'SHELL'])

/**
 * The variables with which the launcher starts: those of `env`, and in its own words what it has to set, enter or remove.
 * Throws a `TypeError` that does not tell a value.
 */
export function launchVariables(
  env: CreateSessionOptions['env'],
  { cwd, unwanted }: { readonly cwd: string | undefined; readonly unwanted: readonly string[] },
): Map<string, string> {
  const variables = new Map<string, string>()
  const unset: string[] = []
  for (const [name, value] of Object.entries(env ?? {})) {
    if (!NAME.test(name) || (value !== undefined && !isWords([value]))) {
      throw new TypeError(
        `env: ${JSON.stringify(name)} must be a name of letters, digits and _, with a string without NUL, or undefined to remove it`,
      )
    }
    if (value === undefined) unset.push(name)
    else variables.set(OVERRIDDEN.has(name) ? `SESSIONKEEP_LAUNCH_${name}` : name, value)
  }
  for (const name of unwanted) if (!variables.has(name)) unset.push(name)
  // Tmux reads a "#" in a directory as the start of a format.
  if (cwd?.includes('#')) variables.set('SESSIONKEEP_LAUNCH_CWD', cwd)
  if (unset.length > 0) variables.set('SESSIONKEEP_LAUNCH_UNSET', unset.join(' '))
  return variables
}
