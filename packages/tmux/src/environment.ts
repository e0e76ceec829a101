/**
 * Selects the variables that sessions inherit, from the gateway or from a tmux server that runs already.
 *
 * - `minimal`: those that a command needs to find its programs, home, language and time zone.
 * - A list of names: these in addition to the minimal ones.
 * - `inherit`: all but the variables that concern only the gateway itself (`SESSIONKEEP_*`, `NODE_OPTIONS` and the
 * like).
 */
export type SessionEnvironment = 'minimal' | 'inherit' | readonly string[]

/** Names of variables, some of them as patterns of the shell. */
const MINIMAL = 'PATH HOME USER LOGNAME SHELL LANG LANGUAGE LC_* TERM COLORTERM TZ TMPDIR TMUX_TMPDIR XDG_*'.split(' ')
const isMinimal = matcher(MINIMAL)
/**
 * Never inherited: they concern only the process of the gateway, or would make tmux believe that it runs inside a
 * session.
 */
const OWN = /^(SESSIONKEEP_\w*|NODE_OPTIONS|NODE_CHANNEL_FD|TMUX|TMUX_PANE)$/

type Variables = Readonly<Record<string, string | undefined>>

function isInherited(name: string, which: SessionEnvironment): boolean {
  if (OWN.test(name)) return false
  return which === 'inherit' || isMinimal(name) || (which !== 'minimal' && which.includes(name))
}

/**
 * The environment of a tmux client. A program that runs tmux elsewhere (`docker`, `ssh`, `sudo`) gets the whole
 * environment for its own use, and decides what sessions get of it.
 */
export function clientEnvironment(
  variables: Variables,
  which: SessionEnvironment,
  isRemote: boolean,
): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(variables).filter(([name]) => isInherited(name, isRemote ? 'inherit' : which)),
  )
}

const NAME = /^[A-Za-z_]\w*$/
/**
 * Never unset. A shell exits when it is asked to unset one of its read-only variables; tmux or the shell sets the others
 * again in each pane.
 */
const OF_THE_PANE = [
  ...'UID EUID PPID BASHOPTS BASH_VERSINFO SHELLOPTS'.split(' '),
  ...'TMUX TMUX_PANE TERM_PROGRAM TERM_PROGRAM_VERSION PWD OLDPWD SHLVL _'.split(' '),
]
const isOfThePane = matcher(OF_THE_PANE)

function matcher(patterns: readonly string[]): (name: string) => boolean {
  const expression = new RegExp(`^(${patterns.join('|').replaceAll('*', '\\w+')})$`)
  return (name) => expression.test(name)
}

/**
 * Returns the variables that a command inherits besides those that it was given, as patterns of the shell. The launch script
 * unsets all others, since anybody who can reach a server can add to its global environment at any time. Undefined if the script
 * unsets only certain names: if tmux runs elsewhere, where the prefix decides, and with `inherit`, which lets nearly all through.
 */
export function inheritedPatterns(which: SessionEnvironment, isRemote: boolean): readonly string[] | undefined {
  if (isRemote || which === 'inherit') return undefined
  return [...OF_THE_PANE, ...MINIMAL, ...(which === 'minimal' ? [] : which.filter((name) => NAME.test(name)))]
}

/** Selects the names that sessions must not inherit, whoever has them: the gateway or a server that runs already. */
export function unwantedVariables(names: readonly string[], which: SessionEnvironment, isRemote: boolean): string[] {
  return names.filter(
    (name) => NAME.test(name) && !isOfThePane(name) && !isInherited(name, isRemote ? 'inherit' : which),
  )
}
