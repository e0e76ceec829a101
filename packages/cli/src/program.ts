import { Argument, Command, Help, Option } from 'commander'
import manifest from '../package.json' with { type: 'json' }
import type { AnyCommand, Flag } from './command.ts'
import { commands } from './commands.ts'
import { masked } from './errors.ts'
import type { Io } from './io.ts'

/** The fewest columns of a description. A narrower one is hard to read. */
const MIN_COLUMNS = 30

/** An item of the help. If the terminal has too little room beside the term, the description is below it. */
function formatItem(term: string, termWidth: number, description: string, helper: Help): string {
  const width = helper.helpWidth ?? 80
  if (!description || width - termWidth - 4 >= MIN_COLUMNS) {
    return Help.prototype.formatItem.call(helper, term, termWidth, description, helper)
  }
  return `  ${term}\n      ${helper.boxWrap(description, width - 6).replaceAll('\n', '\n      ')}`
}

/**
 * Builds the parser from the table of commands. `perform` gets the chosen command, and the arguments and options for
 * it.
 */
export function createProgram(perform: (command: AnyCommand, given: object) => Promise<void>, io: Io): Command {
  const program = new Command('sessionkeep')
    .description('Sessions, stores and migrations of a gateway, with or without the gateway running.')
    .version(manifest.version, '--version', 'prints the version')
    .helpOption('--help', 'shows this help')
    .commandsGroup('Help:')
    .helpCommand('help [command]', 'Shows the help of a command.')
    .addHelpText('after', '\nExit codes: 0 clean, 1 error, 2 differences, 3 refused.')
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureHelp({ minWidthToWrap: MIN_COLUMNS, formatItem })
    .configureOutput({
      getOutHelpWidth: () => io.columns ?? 80,
      getErrHelpWidth: () => io.errColumns ?? 80,
      writeOut: (text) => void io.out(text),
      writeErr: (text) => io.err(text),
      // The message repeats what the user typed. That can be an unknown option with a connection string.
      outputError: (message, write) => write(masked(message)),
    })
  for (const command of commands) addCommand(program, command, perform)
  return program
}

function addCommand(
  program: Command,
  command: AnyCommand,
  perform: (command: AnyCommand, given: object) => Promise<void>,
): void {
  const { name, summary, group, examples, flags = [], needsGateway = false } = command
  const made = program
    .command(name)
    .description(summary)
    .helpGroup(`${group}:`)
    .helpOption('--help', 'shows this help')
    .addHelpText('after', needsGateway ? '\nIt needs a running gateway.' : '')
    .addHelpText('after', `\nExamples:\n${examples.map((line) => `  ${line}`).join('\n')}`)
  for (const argument of command.arguments ?? []) {
    const { isOptional = false, isVariadic = false, choices } = argument
    const dots = isVariadic ? '...' : ''
    const written = isOptional ? `[${argument.name}${dots}]` : `<${argument.name}${dots}>`
    const added = new Argument(written, argument.description)
    made.addArgument(choices ? added.choices(choices) : added)
  }
  for (const flag of [...flags, JSON_FLAG]) made.addOption(optionOf(flag))
  made.action(async (...given: readonly unknown[]) => {
    const options = given.at(-2) as object
    const named = (command.arguments ?? []).map(({ name }, at): [string, unknown] => [name, given[at]])
    await perform(command, { ...options, ...Object.fromEntries(named.filter(([, value]) => value !== undefined)) })
  })
}

const JSON_FLAG: Flag = { flags: '--json', description: 'prints the answer as JSON; its schema: sessionkeep schema' }

function optionOf({ flags, description, isRequired = false, isRepeatable = false, choices }: Flag): Option {
  const option = new Option(flags, description).makeOptionMandatory(isRequired)
  if (choices) option.choices(choices)
  if (isRepeatable) option.argParser((value: string, before: readonly string[] = []) => [...before, value])
  return option
}
