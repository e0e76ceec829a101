import type { Logger } from '@sessionkeep/core/store'
import type * as z from 'zod'
import type { ExitCode, NextStep } from './errors.ts'
import type { Io } from './io.ts'

/** A positional argument of a command. */
interface Argument {
  readonly name: string
  readonly description: string
  readonly isOptional?: boolean
  readonly isVariadic?: boolean
  readonly choices?: readonly string[]
}

/** An option of a command. */
export interface Flag {
  /** As commander writes it: `--from <store>`. */
  readonly flags: string
  readonly description: string
  readonly isRequired?: boolean
  readonly isRepeatable?: boolean
  readonly choices?: readonly string[]
}

/** One call of a command: its checked input, and the streams, signal and logger that it may use. */
export interface Call<Input> {
  readonly input: Input
  readonly io: Io
  /** Collects the warnings of stores, and shows them on standard error. */
  readonly logger: Logger
  /** Whether the answer is printed as JSON. */
  readonly isJson: boolean
}

/** The result of a command. */
export interface Outcome {
  /** @defaultValue 0 */
  readonly exitCode?: ExitCode
  /** The answer, as `--json` prints it. */
  readonly answer: object
  /** The answer for people. */
  readonly text: string
  readonly nextSteps?: readonly NextStep[]
  /**
   * Where the answer is printed. A command whose standard output is a stream of data prints it on standard error.
   * @defaultValue `out`
   */
  readonly to?: 'out' | 'err'
}

/** A command of the program. */
export interface Command<Input = never> {
  readonly name: string
  readonly summary: string
  /** The heading under which the help lists it. */
  readonly group: 'Sessions' | 'Stores' | 'Move records' | 'Help'
  readonly arguments?: readonly Argument[]
  readonly flags?: readonly Flag[]
  /** Whether the command needs a running gateway. @defaultValue false */
  readonly needsGateway?: boolean
  /** Whether `--json` prints each answer, and an error, as one line, since there may be many. @defaultValue false */
  readonly printsLines?: boolean
  /** Command lines for the help. Tests run each of them. */
  readonly examples: readonly string[]
  /** Checks arguments and options, and gives them their types. */
  readonly input: z.ZodType<Input>
  /** The fields of the answer in JSON, besides those that all answers have. */
  readonly answer: z.ZodObject
  run(call: Call<Input>): Promise<Outcome>
}

/** A command whose input was checked by its schema. */
export type AnyCommand = Omit<Command, 'input' | 'run'> & {
  readonly input: z.ZodType
  run(call: Call<unknown>): Promise<Outcome>
}

/** Gives a command the type of its input. */
export function defineCommand<Input>(command: Command<Input>): AnyCommand {
  return { ...command, run: (call) => command.run({ ...call, input: call.input as Input }) }
}
