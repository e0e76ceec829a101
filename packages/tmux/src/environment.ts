/**
 * Which variables of the gateway a tmux server that it starts, and so every session, inherits. `minimal`: what a command
 * needs to find its programs, its home, its language and its time zone. A list: these names besides. `inherit`: all but those that are the
 * gateway's own business.
 */
export type SessionEnvironment = 'minimal' | 'inherit' | readonly string[]

const MINIMAL = /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_\w+|TERM|COLORTERM|TZ|TMPDIR|TMUX_TMPDIR|XDG_\w+)$/
/** Never handed on: they are about the gateway's own process, or would make tmux think that it runs inside of a session. */
const OWN = /^(SESSIONKEEP_\w*|NODE_OPTIONS|NODE_CHANNEL_FD|TMUX|TMUX_PANE)$/

type Variables = Readonly<Record<string, string | undefined>>

/** Tells whether a variable of the gateway is handed on to its sessions. */
function isHandedOn(name: string, which: SessionEnvironment): boolean {
  if (OWN.test(name)) return false
  return which === 'inherit' || MINIMAL.test(name) || (which !== 'minimal' && which.includes(name))
}

/**
 * The environment of a tmux client. A program that leads elsewhere (`docker`, `ssh`, `sudo`) needs the gateway's own; what
 * it hands on is its affair.
 */
export function clientEnvironment(
  variables: Variables,
  which: SessionEnvironment,
  isRemote: boolean,
): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(variables).filter(([name]) => isHandedOn(name, isRemote ? 'inherit' : which)),
  )
}

const NAME = /^[A-Za-z_]\w*$/
/** A shell that is told to remove one of the first ends; the others are set by tmux or by the shell in each pane. */
const OF_THE_PANE =
  /^(UID|EUID|PPID|BASHOPTS|SHELLOPTS|TMUX|TMUX_PANE|TERM_PROGRAM|TERM_PROGRAM_VERSION|PWD|OLDPWD|SHLVL|_)$/

/** Variables of the gateway that a server started by an earlier release, or by hand, may have and is not to hand on. */
export function unwantedVariables(variables: Variables, which: SessionEnvironment, isRemote: boolean): string[] {
  return Object.keys(variables).filter(
    (name) => NAME.test(name) && !OF_THE_PANE.test(name) && !isHandedOn(name, isRemote ? 'inherit' : which),
  )
}
