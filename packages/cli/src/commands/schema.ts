import * as z from 'zod'
import { answerSchema } from '../answers.ts'
import { type AnyCommand, defineCommand } from '../command.ts'
import { CliError } from '../errors.ts'

/** The command that prints the JSON Schema of the answers of the other commands. */
export function schemaCommand(others: readonly AnyCommand[]): AnyCommand {
  const schema: AnyCommand = defineCommand({
    name: 'schema',
    summary: 'Prints the JSON Schema of what a command prints with --json.',
    group: 'Help',
    arguments: [
      { name: 'command', description: 'the command', choices: [...others.map(({ name }) => name), 'schema'] },
    ],
    examples: ['sessionkeep schema ls'],
    input: z.object({ command: z.string() }),
    answer: z.object({ schema: z.looseObject({}) }),
    async run({ input }) {
      const found = [...others, schema].find(({ name }) => name === input.command)
      if (!found) throw new CliError('CLI_USAGE', `There is no command ${input.command}.`)
      const made = z.toJSONSchema(answerSchema(found))
      return { answer: { schema: made }, text: JSON.stringify(made, null, 2) }
    },
  })
  return schema
}
