import type { CommandFacts } from './errors.ts'

/**
 * The meaning of an answer of tmux.
 *
 * - `done`: exit code 0.
 * - `no-server`: no server listens on the socket. Proves nothing while a known server still runs.
 * - `no-place`: the output matches the option `gone`, so the place where the server ran does not exist.
 * - `no-session`, `duplicate`: tmux reported exactly that.
 * - `exited`: the server ended during the call.
 * - `unreachable`: the call failed before it reached a server.
 * - `refused`: tmux reported any other error with exit code 1.
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

/** An answer of tmux. */
export interface Reply {
  readonly verdict: Verdict
  readonly stdout: string
  readonly facts: CommandFacts
}

const PATTERNS: readonly (readonly [Verdict, RegExp])[] = [
  ['no-server', /^no server running on /m],
  ['no-server', /^error connecting to .* \(No such file or directory\)\s*$/m],
  ['exited', /^(lost server|server exited)/m],
  ['unreachable', /^(error (connecting to|creating) |couldn't create |create (socket|window) )/m],
  ['unreachable', /unsafe permissions|protocol version mismatch|socket path too long|File name too long/],
  ['unreachable', /^(Error response from daemon|Cannot connect to the Docker daemon)/m],
  ['duplicate', /^duplicate session: /m],
  ['no-session', /^(can't find (session|window|pane)|no current target|session not found)/m],
]

/** Classifies the outcome of a tmux command. */
export function verdictOf(
  exitCode: number,
  stdout: string,
  stderr: string,
  matchesGone: (output: string) => boolean,
): Verdict {
  if (exitCode === 0) return 'done'
  if (matchesGone(stderr) || matchesGone(stdout)) return 'no-place'
  // tmux exits with 0 or 1 only. Any other code comes from the shell, the prefix or a signal.
  if (exitCode !== 1) return 'unreachable'
  return PATTERNS.find(([, pattern]) => pattern.test(stderr))?.[0] ?? 'refused'
}
