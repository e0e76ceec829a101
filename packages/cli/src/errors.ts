import { CodedError, codeOf } from '@sessionkeep/core/store'

/**
 * The code of a {@link CliError}.
 *
 * - `CLI_USAGE`: an argument or an option is wrong.
 * - `CLI_NOT_FOUND`: there is no such session, file or package.
 * - `CLI_NO_ACCESS`: this user has no rights for a file or a directory.
 * - `CLI_NO_GATEWAY`: no gateway runs, and the command needs one.
 * - `CLI_GATEWAY_ANSWER`: the gateway answered with an error.
 * - `CLI_TORN_EXPORT`: the file is not a whole export.
 * - `CLI_FILE_EXISTS`: the file exists, and would be overwritten.
 * - `CLI_SECRET_IN_ARGUMENT`: an argument has a password, which every user of the machine could read.
 * - `CLI_KEEPS_NOTHING`: the store keeps records only in the memory of its process.
 */
export type CliErrorCode =
  | 'CLI_USAGE'
  | 'CLI_NOT_FOUND'
  | 'CLI_NO_ACCESS'
  | 'CLI_NO_GATEWAY'
  | 'CLI_GATEWAY_ANSWER'
  | 'CLI_TORN_EXPORT'
  | 'CLI_FILE_EXISTS'
  | 'CLI_SECRET_IN_ARGUMENT'
  | 'CLI_KEEPS_NOTHING'

/** An error of the command itself. */
export class CliError extends CodedError<CliErrorCode> {}

/** The reason why a command ends before it is done: its process got a signal. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
  readonly code = 'INTERRUPTED'
  /** The exit code, as shells give it: 128 and the number of the signal. */
  readonly exitCode: 130 | 143
  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super(`It was interrupted by ${signal}.`)
    this.exitCode = signal === 'SIGINT' ? 130 : 143
  }
}

/** Converts the error of a file or directory for which this user has no rights. Returns any other error as it is. */
export function withoutRights(cause: unknown, what: string): unknown {
  const isDenied = ['EACCES', 'EPERM', 'EROFS'].includes(codeOf(cause) ?? '')
  return isDenied ? new CliError('CLI_NO_ACCESS', `${what}: this user has no rights there.`, { cause }) : cause
}

/** Whether the gateway has answered that it has no such session. */
export function isUnknownSession(error: unknown): boolean {
  return error instanceof CliError && error.context.code === 'SESSION_NOT_FOUND'
}

/** Masks the credentials in a message, because people paste the output of a command into reports. */
export function masked(message: string): string {
  return new CliError('CLI_USAGE', message).message
}

/** What a user can do next, in the answers of all commands. */
export interface NextStep {
  /** What to do, in a sentence. */
  readonly do: string
  /** The command line that does it. */
  readonly command?: string
}

/** The exit codes of the command. */
export const EXIT = { clean: 0, error: 1, differences: 2, refused: 3 } as const

/** An exit code of the command. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT] | Interrupted['exitCode']

/** The codes with which the command refuses to do something, because records could be lost or secrets seen. */
const REFUSED: readonly string[] = [
  ...['CLI_TORN_EXPORT', 'CLI_FILE_EXISTS', 'CLI_SECRET_IN_ARGUMENT', 'CLI_KEEPS_NOTHING'],
  ...['STORE_LOCKED', 'CONFIG_UNTRUSTED'],
]

/** The exit code of a command that failed with this error. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof Interrupted) return error.exitCode
  return REFUSED.includes(codeOf(error) ?? '') ? EXIT.refused : EXIT.error
}

/** Commands whose argument is a file or a package. For these, a list of the sessions does not help. */
const WITHOUT_SESSIONS = ['import', 'export', 'conformance']

const STEPS: Readonly<Record<string, readonly NextStep[]>> = {
  CLI_NOT_FOUND: [{ do: 'List what there is.', command: 'sessionkeep ls --all' }],
  CLI_NO_ACCESS: [{ do: 'Run the command as the user who owns it, or name another place.' }],
  CLI_NO_GATEWAY: [
    { do: 'Start the gateway, or say where it listens with --socket or --url.' },
    { do: 'Look at the stores without a gateway.', command: 'sessionkeep status' },
  ],
  STORE_LOCKED: [
    { do: 'Stop the gateway that holds the store, and run the command again. It goes on where it stopped.' },
  ],
  CLI_TORN_EXPORT: [{ do: 'Make the export again, and compare the sizes of both files.' }],
  CLI_FILE_EXISTS: [{ do: 'Name another file, or remove this one.' }],
  CLI_SECRET_IN_ARGUMENT: [
    { do: 'For a store, put its connection string into a variable of the environment, and write env:NAME instead.' },
    { do: 'Or put it into a configuration file, and write config:FILE instead.' },
    { do: 'For a gateway, put its token into SESSIONKEEP_TOKEN, and write its URL alone.' },
  ],
  CLI_KEEPS_NOTHING: [{ do: 'Name a store that keeps records.' }],
  STORE_UNAVAILABLE: [{ do: 'Find out why the store does not answer.', command: 'sessionkeep doctor' }],
  STORE_TIMEOUT: [{ do: 'Find out why the store does not answer.', command: 'sessionkeep doctor' }],
}

/** What to do after the user has interrupted a command. */
export function interruptedSteps(command: string): readonly NextStep[] {
  return ['copy', 'import'].includes(command)
    ? [{ do: 'Run the same command again. It goes on where it stopped.' }]
    : []
}

/** What to do about an error of a command with this code. */
export function stepsFor(code: string, command: string): readonly NextStep[] {
  if (code === 'CLI_USAGE' || (code === 'CLI_NOT_FOUND' && WITHOUT_SESSIONS.includes(command))) {
    const line = command === 'sessionkeep' ? [command, '--help'] : ['sessionkeep', command, '--help']
    return [{ do: 'Read how the command is used.', command: line.join(' ') }]
  }
  if (code.startsWith('CONFIG_')) return configurationSteps(code, command)
  return STEPS[code] ?? []
}

/**
 * The steps for an error of the configuration. `explain` reads the file too, so it does not help if the file cannot be
 * read.
 */
function configurationSteps(code: string, command: string): readonly NextStep[] {
  if (code === 'CONFIG_UNREADABLE' || command === 'explain')
    return [{ do: 'Correct what the message names, or name another file with --config.' }]
  return [{ do: 'See which layer says what.', command: 'sessionkeep explain' }]
}
