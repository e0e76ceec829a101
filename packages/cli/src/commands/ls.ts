import * as z from 'zod'
import { defineCommand } from '../command.ts'
import { hasEnded } from '../stores/stored-sessions.ts'
import {
  listExitCode,
  oddLines,
  oddSteps,
  readSessions,
  sessionFlags,
  sessionInput,
  sessionsAnswer,
  sessionTable,
} from './sessions.ts'
import { many } from './shared.ts'

export const ls = defineCommand({
  name: 'ls',
  summary: 'Lists the sessions.',
  group: 'Sessions',
  flags: [{ flags: '--all', description: 'also sessions that have ended' }, ...sessionFlags],
  examples: ['sessionkeep ls', 'sessionkeep ls --all --json'],
  input: z.object({ ...sessionInput, all: z.boolean().default(false) }),
  answer: z.object(sessionsAnswer),
  async run(call) {
    const { source, from, sessions, odd } = await readSessions(call)
    const wanted = sessions
      .filter((session) => call.input.all || !hasEnded(session))
      .sort((a, b) => b.lastActivityAt - a.lastActivityAt)
    const text = wanted.length === 0 ? 'no sessions' : sessionTable(wanted, call.io)
    const others = sessions.length - wanted.length
    return {
      exitCode: listExitCode(odd),
      answer: { source, from, sessions: wanted, unreadable: odd },
      text: [text, ...oddLines(odd)].join('\n'),
      nextSteps: [
        ...(others > 0 ? [{ do: `Show ${many(others, 'ended session')} too.`, command: 'sessionkeep ended' }] : []),
        ...oddSteps(odd),
      ],
    }
  },
})
