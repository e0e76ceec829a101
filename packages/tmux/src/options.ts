import type { SessionEnvironment } from './environment.ts'
import type { Exec } from './exec.ts'

/** Words put before every command line, so that it runs elsewhere: `['docker', 'exec', '-i', id]`, `['ssh', host]`. */
export type Prefix = readonly string[] | (() => readonly string[] | Promise<readonly string[]>)

/** Matched against what a failed command printed: a string is looked for as it stands. */
export type GonePattern = string | RegExp | readonly (string | RegExp)[]

export interface TmuxHostOptions {
  /** `tmux -L`: a server by name. Default: tmux's default server. Not together with `socketPath`. */
  socketName?: string | undefined
  /** `tmux -S`: a server by its socket, an absolute path of at most 103 bytes. */
  socketPath?: string | undefined
  /** Default: none, tmux runs here. A function is asked before every command. */
  prefix?: Prefix | undefined
  /** Quote every argument, for a prefix that joins them into one command line for a shell, as ssh does. Default false. */
  shell?: boolean | undefined
  /** Runs the command lines instead of this package. */
  exec?: Exec | undefined
  /** Output of a failed command that proves that there are no sessions: for docker `['is not running', 'No such container']`. */
  gone?: GonePattern | undefined
  /** Milliseconds within which every call settles, `delayMs` not counted. Default 5000. */
  timeoutMs?: number | undefined
  /**
   * Which variables of the gateway sessions inherit from a server that it starts: `minimal` (PATH, HOME, LANG and the like),
   * `inherit`, or a list of names besides the minimal ones. Never `SESSIONKEEP_*` and `NODE_OPTIONS`. Variables of the call that
   * creates a session come on top. With a prefix, what that hands on is its affair.
   * @defaultValue `'minimal'`
   */
  env?: SessionEnvironment | undefined
  /** `tmux -f`: the configuration of a server that is started; `/dev/null` for none. Default: tmux's own rules, `~/.tmux.conf`. */
  configFile?: string | undefined
  /** Milliseconds between a text and its Enter where the caller does not say. @defaultValue 150 */
  submitDelayMs?: number | undefined
  /** Milliseconds between SIGTERM and SIGKILL for a command past its deadline. Default 1000. */
  killGraceMs?: number | undefined
}
