import type { CreateSessionOptions } from '@sessionkeep/contracts/host'
import { NO_DIRECTORY } from './client.ts'
import { isWords } from './words.ts'

/**
 * The script that runs first in a pane and is then replaced by the command. It sets PATH and SHELL, which tmux would
 * override, unsets the unwanted variables, and enters a directory whose name tmux would read as a format. A command
 * line is run by sh, whatever the login shell is. A session without a command runs the login shell, or sh if the
 * account has none.
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

/**
 * Returns the argument list to run in a pane. `mark` distinguishes the pane of this call from panes that the hooks of
 * a user add.
 */
export function launchWords(command: CreateSessionOptions['command'], mark: string): string[] {
  const words = command === undefined ? [] : typeof command === 'string' ? ['sh', '-c', command] : command
  if (!isWords(words) || (command !== undefined && words.length === 0)) {
    throw new TypeError('command must be a command line, or a program and its arguments, without NUL')
  }
  return ['sh', '-c', LAUNCHER, mark, ...words]
}

const NAME = /^[A-Za-z_]\w*$/
/** The option -e of tmux cannot set these: without an attached session tmux overrides them. */
const OVERRIDDEN = new Set(['PATH', 'SHELL'])

/**
 * Returns the environment of the launch script: the variables of `env`, and what the script has to set, enter or
 * unset.
 *
 * @throws `TypeError` for a wrong name or value; the message never contains the value
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
  // tmux reads a "#" in a directory as the start of a format.
  if (cwd?.includes('#')) variables.set('SESSIONKEEP_LAUNCH_CWD', cwd)
  if (unset.length > 0) variables.set('SESSIONKEEP_LAUNCH_UNSET', unset.join(' '))
  return variables
}
