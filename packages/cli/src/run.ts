import { codeOf, type Logger, messageOf } from '@sessionkeep/core/store'
import { CommanderError } from 'commander'
import type { AnyCommand, Outcome } from './command.ts'
import { commands } from './commands.ts'
import { completionsFor } from './completion.ts'
import {
  CliError,
  EXIT,
  type ExitCode,
  exitCodeOf,
  interruptedSteps,
  isUnknownSession,
  masked,
  type NextStep,
  stepsFor,
} from './errors.ts'
import { type Io, ReaderGone } from './io.ts'
import { createProgram } from './program.ts'
import { asCalled } from './text/called-as.ts'
import { plain } from './text/plain.ts'
import { shellLine } from './text/shell-line.ts'

/** The command that runs, and the options that it was given. */
interface Running {
  readonly name: string
  readonly given: Places
}

/**
 * Runs one command line, and returns its exit code. Never rejects.
 *
 * @param args - the arguments after the name of the program
 */
export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  // The script of `sessionkeep completion` makes this call each time somebody presses Tab.
  if (args[0] === 'complete' && args[1] === '--') {
    await io.out(`${await completionsFor(args.slice(2), commands)}\n`)
    return EXIT.clean
  }
  // If the command line is wrong, there are no parsed options. So this looks at the arguments themselves.
  let isJson = args.includes('--json')
  let exitCode: ExitCode = EXIT.clean
  let running: Running = { name: 'sessionkeep', given: {} }
  const perform = async (command: AnyCommand, given: { readonly json?: boolean }): Promise<void> => {
    running = { name: command.name, given: { ...given } }
    isJson = given.json === true
    const input = command.input.safeParse(given)
    if (!input.success) {
      const [issue] = input.error.issues
      throw new CliError('CLI_USAGE', `--${issue?.path.join('.')}: ${issue?.message}`)
    }
    const outcome = await command.run({ input: input.data, io, logger: warnings(io), isJson })
    exitCode = outcome.exitCode ?? EXIT.clean
    await print(command, outcome, exitCode, isJson, running.given, io)
  }
  const program = createProgram(perform, io)
  // If the user asks for help, the parser ignores a wrong name of a command. So only the name is parsed then, which is an
  // error.
  const name = args[0] === 'help' ? args[1] : args[0]
  const isKnown = commands.some((command) => command.name === name)
  if (name && isKnown) running = { name, given: {} }
  const isWrong = name !== undefined && !isKnown && name !== 'help' && !name.startsWith('-')
  try {
    refuseOptionsBefore(args)
    await unlessInterrupted(program.parseAsync(isWrong ? [name] : [...args], { from: 'user' }), io.signal)
    return exitCode
  } catch (error) {
    if (error instanceof ReaderGone || (error instanceof CommanderError && error.exitCode === 0)) return EXIT.clean
    // If the user has interrupted the command, a call that was given up is not a failure of its store.
    return await fail(running, io.signal.aborted ? io.signal.reason : error, isJson, io)
  }
}

/** How long a command may go on after the user has interrupted it, ms: to end a call of a store, and to release its lease. */
const GRACE_MS = 3000

/**
 * Waits for a command. If the user has interrupted it, and it does not end, it is given up: it may wait for something that heeds no
 * signal, such as the import of a module. A copy can be cut off at any time, and run again.
 */
async function unlessInterrupted(running: Promise<unknown>, signal: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  let begin = (): void => undefined
  const givenUp = new Promise<never>((_, reject) => {
    begin = () => {
      timer = setTimeout(() => reject(signal.reason), GRACE_MS)
    }
  })
  signal.addEventListener('abort', begin, { once: true })
  if (signal.aborted) begin()
  try {
    await Promise.race([running, givenUp])
  } finally {
    signal.removeEventListener('abort', begin)
    clearTimeout(timer)
  }
}

/** Refuses options before the name of the command. The parser would only say that it does not know them. */
function refuseOptionsBefore(args: readonly string[]): void {
  const [first = ''] = args
  if (!first.startsWith('-') || ['--help', '--version'].includes(first)) return
  const command = commands.find(({ name }) => args.includes(name))
  if (!command) return
  const option = first.split('=')[0]
  throw new CliError('CLI_USAGE', `Options follow the command: sessionkeep ${command.name} ${option} …`)
}

async function print(
  command: AnyCommand,
  outcome: Outcome,
  code: ExitCode,
  isJson: boolean,
  given: Places,
  io: Io,
): Promise<void> {
  const { answer, text, to = 'out' } = outcome
  const nextSteps = stepsAsCalled(outcome.nextSteps ?? [], given, io)
  const write = to === 'out' ? io.out : async (line: string) => io.err(line)
  if (isJson) {
    const ok = code === EXIT.clean
    return await write(jsonOf(command.name, { command: command.name, ok, ...answer, next_steps: nextSteps }))
  }
  if (text !== '') await write(`${text}\n`)
  for (const step of nextSteps) io.err(`${stepText(step)}\n`)
}

async function fail({ name, given }: Running, error: unknown, isJson: boolean, io: Io): Promise<ExitCode> {
  const isUsage = error instanceof CommanderError
  // The caller of `run()` may give the signal a reason of any kind.
  const code = isUsage ? 'CLI_USAGE' : io.signal.aborted ? 'INTERRUPTED' : (codeOf(error) ?? 'UNKNOWN')
  // If no gateway answers, the next step must work without one, so it does not repeat the option that names it.
  const places =
    code === 'CLI_NO_GATEWAY' ? { ...given, socket: undefined, url: undefined } : code === 'CLI_USAGE' ? {} : given
  const found = io.signal.aborted
    ? interruptedSteps(name)
    : stepsFor(isUnknownSession(error) ? 'CLI_NOT_FOUND' : code, name)
  const steps = stepsAsCalled(found, places, io)
  // Commander has printed its own message already.
  const message = masked(messageOf(error))
  const isExplained = code === 'UNKNOWN' || code === 'INTERRUPTED'
  if (!isUsage) io.err(`error: ${plain(message)}${isExplained ? '' : ` (${code})`}\n`)
  for (const step of steps) io.err(`${stepText(step)}\n`)
  if (isJson) {
    const answer = {
      command: name,
      ok: false,
      error: { code, message: message.replace(/^error: /, '') },
      next_steps: steps,
    }
    await io.out(jsonOf(name, answer))
  }
  return isUsage ? EXIT.error : exitCodeOf(error)
}

/** An answer as `--json` prints it. */
function jsonOf(name: string, answer: object): string {
  const printsLines = commands.find((each) => each.name === name)?.printsLines ?? false
  return `${JSON.stringify(answer, null, printsLines ? undefined : 2)}\n`
}

/** The options that name the gateway or the records. The next steps repeat those with which the command was called. */
const PLACES = { config: '--config', poolId: '--pool-id', socket: '--socket', url: '--url', store: '--store' } as const

type Places = Readonly<Record<string, unknown>>

/** The steps as the user can type them. */
function stepsAsCalled(steps: readonly NextStep[], given: Places, io: Io): NextStep[] {
  return steps.map(({ do: todo, command }) => ({
    do: asCalled(todo, io),
    ...(command === undefined ? {} : { command: asCalled(withPlaces(command, given), io) }),
  }))
}

function withPlaces(line: string, given: Places): string {
  const [, name] = line.split(' ')
  const flags = commands.find((each) => each.name === name)?.flags ?? []
  const added = Object.entries(PLACES).flatMap(([option, long]) => {
    const value = given[option]
    return typeof value === 'string' && flags.some((flag) => flag.flags.startsWith(`${long} `))
      ? [long, masked(value)]
      : []
  })
  if (added.length === 0) return line
  // What follows `--` is no option.
  const [before = line, ...names] = line.split(/ (?=-- )/)
  return [before, shellLine(added), ...names].join(' ')
}

function stepText({ do: todo, command }: NextStep): string {
  return command === undefined ? `next: ${plain(todo)}` : `next: ${plain(todo)} ${plain(command)}`
}

/** A logger that shows the warnings of stores on standard error. */
function warnings(io: Io): Logger {
  const ignore = () => undefined
  const show = (_fields: object, message: string) => io.err(`warning: ${plain(message)}\n`)
  return { debug: ignore, info: ignore, warn: show, error: show }
}
