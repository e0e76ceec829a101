/** The outcome of a command that has exited. */
export interface ExecResult {
  stdout: string
  stderr: string
  exitCode: number
}

/** Options of {@link Exec}. */
export interface ExecOptions {
  /** Written to the command's stdin, which is then closed. Without it stdin is empty. */
  input?: string | Uint8Array
  /** The time left, ms. By then the command should have been ended; the host stops waiting in any case. */
  timeoutMs: number
  /** Aborted when the caller no longer needs the answer; the command should be ended then. */
  signal?: AbortSignal
}

/**
 * Runs `argv[0]` with the rest as its arguments, without a shell in between. Resolves when the command has exited,
 * whatever its exit code. Besides `tmux`, the host runs `sh -c …` with it: to enter a directory, and to see whether a
 * tmux server still runs.
 *
 * @throws An error when the command could not be run or had no exit code; its `code` (`ENOENT`, `ETIMEDOUT`) is
 * reported
 *
 * @example
 * const exec: Exec = (argv, { input, timeoutMs }) => agent.run(argv, { input, timeoutMs }) // { stdout, stderr, exitCode }
 * const host = tmuxHost({ exec })
 */
export type Exec = (argv: string[], options: ExecOptions) => Promise<ExecResult>
