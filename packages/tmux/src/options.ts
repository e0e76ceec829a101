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
  /** Milliseconds between SIGTERM and SIGKILL for a command past its deadline. Default 1000. */
  killGraceMs?: number | undefined
}
