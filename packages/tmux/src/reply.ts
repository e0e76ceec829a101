import type { CommandFacts } from './errors.ts'

/**
 * What an answer of tmux comes to.
 *
 * - `done`: exit code 0.
 * - `no-server`: nobody listens on the socket. Proves nothing as long as a known server lives.
 * - `no-place`: the output matches `gone`.
 * - `no-session`, `duplicate`: in the words of tmux.
 * - `exited`: the server ended while it was being asked.
 * - `unreachable`: tmux, or the way to it, failed before a server was asked.
 * - `refused`: anything else that ended with exit code 1.
 */
export type Verdict =
  | 'done'
  | 'no-server'
  | 'no-place'
  | 'no-session'
  | 'duplicate'
  | 'exited'
  | 'unreachable'
  | 'refused'

export interface Reply {
  readonly verdict: Verdict
  readonly stdout: string
  readonly facts: CommandFacts
}

const WORDS: readonly (readonly [Verdict, RegExp])[] = [
  ['no-server', /^no server running on /m],
  ['no-server', /^error connecting to .* \(No such file or directory\)\s*$/m],
  ['exited', /^(lost server|server exited)/m],
  ['unreachable', /^(error (connecting to|creating) |couldn't create |create (socket|window) )/m],
  ['unreachable', /unsafe permissions|protocol version mismatch|socket path too long|File name too long/],
  ['unreachable', /^(Error response from daemon|Cannot connect to the Docker daemon)/m],
  ['duplicate', /^duplicate session: /m],
  ['no-session', /^(can't find (session|window|pane)|no current target|session not found)/m],
]

export function verdictOf(
  exitCode: number,
  stdout: string,
  stderr: string,
  matchesGone: (output: string) => boolean,
): Verdict {
  if (exitCode === 0) return 'done'
  if (matchesGone(stderr) || matchesGone(stdout)) return 'no-place'
  // tmux itself knows only 0 and 1: any other code is the shell's, the prefix's, or a signal's.
  if (exitCode !== 1) return 'unreachable'
  return WORDS.find(([, words]) => words.test(stderr))?.[0] ?? 'refused'
}
