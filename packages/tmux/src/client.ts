import { HostError } from '@sessionkeep/core'
import type { Settings } from './check-options.ts'
import type { Deadline } from './deadline.ts'
import type { SessionEnvironment } from './environment.ts'
import { noAnswer } from './errors.ts'
import type { ExecResult } from './exec.ts'
import { type Reply, verdictOf } from './reply.ts'
import { shellQuote } from './shell-quote.ts'
import { isWords } from './words.ts'

export interface RunOptions {
  readonly deadline: Deadline
  readonly input?: string | Uint8Array | undefined
  /** A directory that has to be there; one that cannot be entered ends the call with exit code 96. The client itself runs in `/`. */
  readonly cwd?: string | undefined
  /** `-N`: do not start a server. */
  readonly noStart?: boolean | undefined
  /** Aborted when nobody waits for the answer any more. */
  readonly signal?: AbortSignal | undefined
}

export interface TmuxClient {
  readonly timeoutMs: number
  /** Which of the gateway's variables sessions get. */
  readonly environment: SessionEnvironment
  /** Whether commands run in another place, by a prefix or an `exec`, whose directories and variables are not the gateway's. */
  readonly isRemote: boolean
  /** Whether the server has a socket that was chosen for it, and so is not the one that people use by default. */
  readonly ownsServer: boolean
  /** One call of tmux. Rejects with `HOST_UNAVAILABLE` if there was no answer. */
  tmux(args: readonly string[], options: RunOptions): Promise<Reply>
  /** Any other program at the same place. */
  run(subject: string, argv: readonly string[], options: RunOptions): Promise<ExecResult>
  /** The words to type for a tmux command. The prefix must be a list, or a function that has one at hand. */
  commandLine(args: readonly string[]): string[]
}

export const NO_DIRECTORY = 96

// Tmux starts elsewhere without a word if a directory is missing. The client itself, which can become the server, holds no directory.
const WITH_DIRECTORY = `cd -- "$0" || exit ${NO_DIRECTORY}; cd /; exec "$@"`

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

  async function run(subject: string, argv: readonly string[], options: RunOptions): Promise<ExecResult> {
    const { deadline, input, signal } = options
    let program = argv[0] ?? ''
    try {
      const words = assemble(await deadline.limit(askPrefix()), argv)
      program = words[0] ?? program
      const timeout = Math.max(1, Math.ceil(deadline.remaining()))
      const given = { timeoutMs: timeout, ...(input === undefined ? {} : { input }), ...(signal && { signal }) }
      // An exec that throws at once must look the same as one that rejects.
      return await deadline.limit((async () => settings.exec(words, given))())
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
      const place = cwd === undefined ? [] : ['sh', '-c', WITH_DIRECTORY, cwd]
      const subcommand = args[0] ?? ''
      const argv = [...place, 'tmux', '-u', ...(noStart ? ['-N'] : []), ...configuration, ...socket, ...args]
      const { stdout, stderr, exitCode } = await run(subcommand, argv, options)
      const verdict = verdictOf(exitCode, stdout, stderr, settings.matchesGone)
      return { verdict, stdout, facts: { program: argv[0] ?? '', subcommand, exitCode, stderr } }
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
