import type { HostErrorCode } from '@sessionkeep/contracts/host'
import { HostError } from '@sessionkeep/contracts/host'

const INSTALL = 'install tmux: `apt install tmux` (Debian), `brew install tmux` (macOS), `dnf install tmux` (Fedora)'
const LONGEST_STDERR = 500
/** What tmux before 3.6 says of every server from 3.6 on. It also says so of a server that is ending. */
const EXITED = /^server exited unexpectedly/
const VERSIONS =
  'if the server runs, it is of tmux 3.6 or later, and this tmux is older: use a tmux of the version of the server'

/** Facts about a command that may be reported. Its arguments are left out because they may contain secrets. */
export interface CommandFacts {
  readonly program: string
  readonly subcommand: string
  readonly exitCode?: number
  readonly stderr?: string
}

function trimmed(stderr = ''): string {
  const text = stderr.trim()
  return text.length > LONGEST_STDERR ? `${text.slice(0, LONGEST_STDERR)}…` : text
}

/** The error of a command that failed, with its stderr in the message. */
export function commandError(code: HostErrorCode, facts: CommandFacts, advice?: string): HostError {
  const stderr = trimmed(facts.stderr)
  const missing = facts.exitCode === 127 && /tmux/.test(stderr) ? INSTALL : undefined
  const tooOld = EXITED.test(stderr) ? VERSIONS : undefined
  const message = [`tmux ${facts.subcommand}: ${stderr || `exit code ${facts.exitCode}`}`, advice ?? missing ?? tooOld]
  return new HostError(code, message.filter(Boolean).join('; '), { context: { ...facts, stderr } })
}

/** The error of a command that could not be run or was not answered in time. */
export function noAnswer(facts: CommandFacts, cause: unknown, timeoutMs: number): HostError {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : undefined
  let why = `${facts.program} could not be run (${code ?? 'no exit code'})`
  if (code === 'ETIMEDOUT') why = `no answer within ${timeoutMs} ms; whether it was done is unknown`
  if (code === 'ENOENT') why = `${facts.program} is not installed, or not on the PATH`
  if (code === 'ENOENT' && facts.program === 'tmux') why = `${why}; ${INSTALL}`
  // E2BIG: the arguments of the caller are too long. Trying again cannot help, so this is a refusal and not an
  // outage.
  if (code === 'E2BIG') {
    const message = `tmux ${facts.subcommand}: its arguments are longer than the system allows; pass less in env and command`
    return new HostError('HOST_REFUSED', message, { context: { ...facts, errno: code } })
  }
  return new HostError('HOST_UNAVAILABLE', `tmux ${facts.subcommand}: ${why}`, {
    cause,
    context: { ...facts, errno: code },
  })
}

/** Whether the error says that the session does not exist. */
export function isGone(error: unknown): boolean {
  return error instanceof HostError && error.code === 'SESSION_GONE'
}

/** The error of a session that does not exist. */
export function sessionGone(sessionName: string): HostError {
  return new HostError(
    'SESSION_GONE',
    `session ${JSON.stringify(sessionName)} has ended, or another one has its name`,
    {
      context: { sessionName },
    },
  )
}
