import * as z from 'zod'
import { defineCommand } from '../command.ts'
import { completionScript, SHELLS } from '../completion.ts'

export const completion = defineCommand({
  name: 'completion',
  summary: 'Prints a script that completes commands, options and stores in your shell.',
  group: 'Help',
  arguments: [{ name: 'shell', description: 'the shell', choices: SHELLS }],
  examples: [
    'sessionkeep completion bash > ~/.sessionkeep-completion.bash',
    'sessionkeep completion zsh',
    'sessionkeep completion fish',
  ],
  input: z.object({ shell: z.enum(SHELLS) }),
  answer: z.object({ shell: z.enum(SHELLS), script: z.string() }),
  async run({ input: { shell } }) {
    const script = await completionScript(shell)
    return { answer: { shell, script }, text: script }
  },
})
