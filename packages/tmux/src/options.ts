import type { SessionEnvironment } from './environment.ts'
import type { Exec } from './exec.ts'

/** Words put before every command line so that it runs elsewhere: `['docker', 'exec', '-i', id]`, `['ssh', host]`. */
export type Prefix = readonly string[] | (() => readonly string[] | Promise<readonly string[]>)

/** Patterns for the output of a failed command. A string matches when the output contains it. */
export type GonePattern = string | RegExp | readonly (string | RegExp)[]

/** Options of {@link tmuxHost}. */
export interface TmuxHostOptions {
  /**
   * The name of the server's socket, as for `tmux -L`. Cannot be combined with `socketPath`.
   *
   * @defaultValue the default server of tmux
   */
  socketName?: string | undefined
  /** The path of the server's socket, as for `tmux -S`: absolute, at most 103 bytes. */
  socketPath?: string | undefined
  /**
   * Runs tmux elsewhere. A function is called before every command.
   *
   * @defaultValue no prefix: tmux runs here
   */
  prefix?: Prefix | undefined
  /**
   * Whether every argument is quoted, for a prefix such as ssh that joins its arguments into a command line for a
   * shell.
   *
   * @defaultValue `false`
   */
  shell?: boolean | undefined
  /** Runs the command lines instead of the built-in runner. */
  exec?: Exec | undefined
  /**
   * Output of a failed command that proves that there are no sessions, for docker `['is not running', 'No such
   * container']`.
   */
  gone?: GonePattern | undefined
  /**
   * The time limit of every call, ms. The pause of `delayMs` is not counted. Some steps get this time once more: each look and the
   * Enter of `sendText()`, the clean-up after a failed `create()`, and ending the processes of a session.
   *
   * @defaultValue `5000`
   */
  timeoutMs?: number | undefined
  /**
   * The variables that sessions inherit, whoever started the server: `minimal` (PATH, HOME, LANG and the like),
   * `inherit`, or a list of names in addition to the minimal ones. `SESSIONKEEP_*` and `NODE_OPTIONS` are never
   * inherited. The variables given to `create()` are added. On a server of this host (`socketName`, `socketPath`),
   * variables that sessions must not inherit are removed. With a prefix, the program of the prefix decides what it
   * passes on.
   *
   * @defaultValue `'minimal'`
   */
  env?: SessionEnvironment | undefined
  /**
   * The configuration file of a server started by this host, as for `tmux -f`; `/dev/null` for none.
   *
   * @defaultValue the rule of tmux itself: `~/.tmux.conf`
   */
  configFile?: string | undefined
  /**
   * The secret that stamps are signed with, at least 16 characters. Hosts with the same key believe each other's stamps. Give
   * one where gateways of several users or machines share sessions, and where the default file does not outlive a restart.
   *
   * @defaultValue the key of this user: the file `.stamp-key` in the default directory of records, made at first use. If it
   * cannot be read or made, a key for this process alone, so that a later process takes in the sessions by their names.
   */
  stampKey?: string | undefined
  /**
   * Options of tmux that each session gets when it is created, such as `{ 'history-limit': 50_000, mouse: true }`. tmux decides by
   * the name whether one belongs to the session or its window. An option of the server is set for the whole server. `create()`
   * rejects with `HOST_REFUSED` for a name that tmux does not know.
   *
   * @defaultValue none
   */
  tmuxOptions?: Readonly<Record<string, string | number | boolean>> | undefined
  /**
   * The default pause between a text and its Enter, ms.
   *
   * @defaultValue `150`
   */
  submitDelayMs?: number | undefined
  /**
   * The time between SIGTERM and SIGKILL for a command that missed its deadline, ms.
   *
   * @defaultValue `1000`
   */
  killGraceMs?: number | undefined
}
