import type { CreateSessionOptions } from '@sessionkeep/contracts/host'
import { NO_DIRECTORY } from './client.ts'

/** The option -e of tmux cannot set these: tmux overrides PATH and SHELL without an attached session, and the others always. */
const OVERRIDDEN = ['PATH', 'SHELL', 'TERM', 'COLORTERM', 'TERM_PROGRAM', 'TERM_PROGRAM_VERSION', 'TMUX', 'TMUX_PANE']

/** The variables of the launch script itself. A session keeps them. */
export const LAUNCHER_VARIABLES: readonly string[] = [...OVERRIDDEN, 'CWD', 'UNSET', 'KEEP'].map(
  (name) => `SESSIONKEEP_LAUNCH_${name}`,
)

/**
 * The script that runs first in a pane and is then replaced by the command. It sets the variables that tmux would override. It
 * unsets the unwanted variables, or all but those that are kept. It enters a directory whose name tmux would read as a format. A
 * command line is run by sh, whatever the login shell is. A session without a command runs the login shell, or sh if the account
 * has none.
 */
const LAUNCHER = `
${OVERRIDDEN.map((name) => `[ "\${SESSIONKEEP_LAUNCH_${name}+x}" ] && export ${name}="$SESSIONKEEP_LAUNCH_${name}"`).join('\n')}
if [ "\${SESSIONKEEP_LAUNCH_CWD+x}" ]; then cd -- "$SESSIONKEEP_LAUNCH_CWD" || exit ${NO_DIRECTORY}; fi
if [ "\${SESSIONKEEP_LAUNCH_KEEP+x}" ]; then
  set -f
  IFS='
'
  for SESSIONKEEP_LAUNCH_NAME in $(export -p); do
    SESSIONKEEP_LAUNCH_NAME=\${SESSIONKEEP_LAUNCH_NAME#declare -x }
    SESSIONKEEP_LAUNCH_NAME=\${SESSIONKEEP_LAUNCH_NAME#export }
    SESSIONKEEP_LAUNCH_NAME=\${SESSIONKEEP_LAUNCH_NAME%%=*}
    case $SESSIONKEEP_LAUNCH_NAME in ''|[0-9]*|*[!A-Za-z0-9_]*|SESSIONKEEP_LAUNCH_*) continue ;; esac
    IFS=' '
    for SESSIONKEEP_LAUNCH_PATTERN in $SESSIONKEEP_LAUNCH_KEEP; do
      case $SESSIONKEEP_LAUNCH_NAME in $SESSIONKEEP_LAUNCH_PATTERN) continue 2 ;; esac
    done
    unset "$SESSIONKEEP_LAUNCH_NAME"
  done
  unset IFS
  set +f
fi
unset ${OVERRIDDEN.map((name) => `SESSIONKEEP_LAUNCH_${name}`).join(' ')} SESSIONKEEP_LAUNCH_CWD $SESSIONKEEP_LAUNCH_UNSET
unset SESSIONKEEP_LAUNCH_UNSET SESSIONKEEP_LAUNCH_KEEP SESSIONKEEP_LAUNCH_NAME SESSIONKEEP_LAUNCH_PATTERN
if [ $# -gt 0 ]; then exec "$@"; fi
case "\${SHELL:-}" in ''|*/nologin|*/false) exec sh ;; esac
exec "$SHELL" -l`

/**
 * Returns the argument list to run in a pane. `mark` distinguishes the pane of this call from panes that the hooks of
 * a user add.
 */
export function launchWords(command: CreateSessionOptions['command'], mark: string): string[] {
  const words = command === undefined ? [] : typeof command === 'string' ? ['sh', '-c', command] : command
  return ['sh', '-c', LAUNCHER, mark, ...words]
}

/** Linux starts no program with a longer word or variable, and none whose words and variables are much longer together, bytes. */
const LONGEST = 131_071
const MOST_TOGETHER = 1_048_576

/** @throws `TypeError` if the system could not start a command with these words and variables; the command would end without a message */
export function assertFits(words: readonly string[], variables: ReadonlyMap<string, string>): void {
  const texts = [...words, ...[...variables].map(([name, value]) => `${name}=${value}`)]
  const sizes = texts.map((text) => Buffer.byteLength(text))
  if (Math.max(...sizes) <= LONGEST && sizes.reduce((sum, size) => sum + size, 0) <= MOST_TOGETHER) return
  throw new TypeError(
    'a word of command and a variable of env may have at most 128 KiB, and all of them 1 MiB; pass the path of a file instead',
  )
}

/** Where a command starts, and what it inherits there. */
interface LaunchPlace {
  readonly cwd: string | undefined
  /** Names of variables that it must not inherit. */
  readonly unwanted: readonly string[]
  /** See `inheritedPatterns()`. */
  readonly inherited: readonly string[] | undefined
}

/**
 * Returns the environment of the launch script: the variables of `env`, and what the script has to set, enter or
 * unset.
 */
export function launchVariables(
  env: CreateSessionOptions['env'],
  { cwd, unwanted, inherited }: LaunchPlace,
): Map<string, string> {
  const variables = new Map<string, string>()
  const unset: string[] = []
  for (const [name, value] of Object.entries(env ?? {})) {
    if (value === undefined) unset.push(name)
    else variables.set(OVERRIDDEN.includes(name) ? `SESSIONKEEP_LAUNCH_${name}` : name, value)
  }
  for (const name of unwanted) if (!variables.has(name)) unset.push(name)
  // tmux reads a "#" in a directory as the start of a format.
  if (cwd?.includes('#')) variables.set('SESSIONKEEP_LAUNCH_CWD', cwd)
  if (inherited) {
    const given = Object.keys(env ?? {})
    variables.set('SESSIONKEEP_LAUNCH_KEEP', [...inherited, ...given].join(' '))
  }
  if (unset.length > 0) variables.set('SESSIONKEEP_LAUNCH_UNSET', unset.join(' '))
  return variables
}
