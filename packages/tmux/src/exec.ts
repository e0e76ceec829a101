/** What a finished command said. */
export interface ExecResult {
  stdout: string
  stderr: string
  exitCode: number
}

export interface ExecOptions {
  /** Written to the command's stdin, which is then closed. Without it stdin is empty. */
  input?: string | Uint8Array
  /** Milliseconds left. By then it should have settled, and the command been ended; the host stops waiting in any case. */
  timeoutMs: number
  /** Aborted when nobody waits for the answer any more: the command is best ended then. */
  signal?: AbortSignal
}

/**
 * Runs `argv[0]` with the rest as its arguments, taken literally, and resolves when it has exited, whatever its exit code.
 * Rejects when it could not be run or had no exit code; a `code` on the error (`ENOENT`, `ETIMEDOUT`) is passed on.
 * Besides `tmux` it is asked to run `sh -c …`: to start in a directory, and to see whether a tmux server still lives.
 */
export type Exec = (argv: string[], options: ExecOptions) => Promise<ExecResult>
