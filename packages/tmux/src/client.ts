import { HostError } from '@sessionkeep/contracts/host'
import type { Settings } from './check-options.ts'
import type { Deadline } from './deadline.ts'
import type { SessionEnvironment } from './environment.ts'
import { noAnswer } from './errors.ts'
import type { ExecResult } from './exec.ts'
import { newMark } from './mark.ts'
import { type Reply, verdictOf } from './reply.ts'
import { shellQuote } from './shell-quote.ts'
import { assertTrustedSocket } from './trusted-socket.ts'
import { isWords } from './words.ts'

/** Options of one command. */
export interface RunOptions {
  readonly deadline: Deadline
  readonly input?: string | Uint8Array | undefined
  /**
   * The directory that the command is started in. If it cannot be entered, the call ends with exit code 96. Without
   * it the client runs in `/`.
   */
  readonly cwd?: string | undefined
  /** True passes `-N`: tmux then never starts a server. */
  readonly noStart?: boolean | undefined
  /** Aborted when the caller no longer needs the answer. */
  readonly signal?: AbortSignal | undefined
}

/** Runs tmux and other programs where the sessions are: here, or elsewhere through a prefix or an `exec`. */
export interface TmuxClient {
  /** The time limit of one call of the host, or of one step of a long call, ms. */
  readonly timeoutMs: number
  /** The variables of the gateway that sessions inherit. */
  readonly environment: SessionEnvironment
  /**
   * Whether commands run elsewhere, through a prefix or an `exec`. Directories and variables there are not those of
   * the gateway.
   */
  readonly isRemote: boolean
  /** Whether a socket was configured. If not, the server is the one that people use by default. */
  readonly ownsServer: boolean
  /** Runs one tmux command line. Rejects with `HOST_UNAVAILABLE` when there was no answer. */
  tmux(args: readonly string[], options: RunOptions): Promise<Reply>
  /** Runs another program where tmux runs. */
  run(subject: string, argv: readonly string[], options: RunOptions): Promise<ExecResult>
  /** The words before a tmux command for this server, without the prefix. That command never starts a server. */
  readonly tmuxWords: readonly string[]
  /** The command line of another program, for a caller that starts it; undefined when an `exec` runs everything. */
  programLine(argv: readonly string[]): Promise<string[] | undefined>
  /**
   * Returns the command line for a tmux command, as a list of words. A prefix function must have returned a list
   * before, or return one now.
   */
  commandLine(args: readonly string[]): string[]
}

/** The exit code of a command whose directory could not be entered. No tmux command ends with it. */
export const NO_DIRECTORY = 96

// tmux silently uses another directory when the given one is missing, so sh enters it first. Then the client changes
// to `/`, because it may become the server and would keep the directory in use.
const WITH_DIRECTORY = `cd -- "$0" || exit ${NO_DIRECTORY}; cd /; exec "$@"`

// Prints a mark before and after the output, because an account may print something of its own at login.
const MARKED = `printf '%s\\n' "$0"; "$@"; code=$?; printf '%s' "$0"; exit "$code"`

/** Returns the output between the marks. Throws if a mark is missing, because an incomplete answer proves nothing. */
function betweenMarks(result: ExecResult, mark: string): ExecResult {
  const { stdout, exitCode } = result
  const start = stdout.indexOf(`${mark}\n`)
  const end = stdout.lastIndexOf(mark)
  if (start < 0 || end <= start) {
    // The prefix itself failed. Its output may match the option `gone`, such as "is not running".
    if (exitCode !== 0) return result
    throw Object.assign(new Error('the answer is incomplete'), { code: 'INCOMPLETE' })
  }
  return { ...result, stdout: stdout.slice(start + mark.length + 1, end) }
}

export function tmuxClient(settings: Settings): TmuxClient {
  const { socket, shell, timeoutMs, configFile } = settings
  const configuration = configFile === undefined ? [] : ['-f', configFile]
  let latestPrefix = typeof settings.prefix === 'function' ? undefined : settings.prefix

  const assemble = (prefix: readonly string[], argv: readonly string[]) => [
    ...prefix,
    ...(shell ? argv.map(shellQuote) : argv),
  ]

  async function askPrefix(): Promise<readonly string[]> {
    if (typeof settings.prefix !== 'function') return settings.prefix
    const words = await settings.prefix()
    if (!isWords(words)) throw new TypeError('prefix() must return a list of words')
    latestPrefix = words
    return words
  }

  /** Whether commands go through a prefix, which may print something of its own around their answers. */
  const hasPrefix = !settings.hasOwnExec && (typeof settings.prefix === 'function' || settings.prefix.length > 0)

  async function run(subject: string, argv: readonly string[], options: RunOptions): Promise<ExecResult> {
    const { deadline, input, signal } = options
    const mark = hasPrefix ? newMark() : undefined
    const marked = mark === undefined ? argv : ['/bin/sh', '-c', MARKED, mark, ...argv]
    let program = argv[0] ?? ''
    try {
      const words = assemble(await deadline.limit(askPrefix()), marked)
      program = words[0] ?? program
      const timeout = Math.max(1, Math.ceil(deadline.remaining()))
      const given = { timeoutMs: timeout, ...(input === undefined ? {} : { input }), ...(signal && { signal }) }
      // The async wrapper turns an exec that throws synchronously into one that rejects.
      const result = await deadline.limit((async () => settings.exec(words, given))())
      if (typeof result?.stdout !== 'string' || typeof result.stderr !== 'string')
        throw new TypeError('exec must return stdout and stderr as texts')
      return mark === undefined ? result : betweenMarks(result, mark)
    } catch (cause) {
      throw noAnswer({ program, subcommand: subject }, cause, timeoutMs)
    }
  }

  return {
    timeoutMs,
    environment: settings.environment,
    isRemote: settings.isRemote,
    ownsServer: socket.length > 0,
    run,

    async tmux(args, options) {
      const { cwd, noStart } = options
      if (!settings.isRemote) await assertTrustedSocket(settings.socketPlace)
      const place = cwd === undefined ? [] : ['sh', '-c', WITH_DIRECTORY, cwd]
      const subcommand = args[0] ?? ''
      const argv = [...place, 'tmux', '-u', ...(noStart ? ['-N'] : []), ...configuration, ...socket, ...args]
      const { stdout, stderr, exitCode } = await run(subcommand, argv, options)
      const verdict = verdictOf(exitCode, stdout, stderr, settings.matchesGone)
      return { verdict, stdout, facts: { program: argv[0] ?? '', subcommand, exitCode, stderr } }
    },

    tmuxWords: ['tmux', '-u', '-N', ...configuration, ...socket],

    async programLine(argv) {
      return settings.hasOwnExec ? undefined : assemble(await askPrefix(), argv)
    },

    commandLine(args) {
      if (typeof settings.prefix === 'function') {
        const words = settings.prefix()
        if (isWords(words)) latestPrefix = words
        else Promise.resolve(words).then(undefined, () => undefined)
      }
      if (latestPrefix === undefined) {
        throw new HostError('HOST_UNAVAILABLE', 'the prefix is not known yet; call list() first')
      }
      return assemble(latestPrefix, ['tmux', '-u', ...socket, ...args])
    },
  }
}
