import * as z from 'zod'
import { defineCommand } from '../command.ts'
import { hasEnded } from '../stores/stored-sessions.ts'
import { plainLines } from '../text/plain.ts'
import { facts } from '../text/table.ts'
import { timeAndAge } from '../text/times.ts'
import { findSession, oneAnswer, readSessions, sessionFlags, sessionInput } from './sessions.ts'

export const show = defineCommand({
  name: 'show',
  summary: 'Shows one session: its times, counts and attributes, and how it ended.',
  group: 'Sessions',
  arguments: [{ name: 'workspace', description: 'the workspace, or the name of its session' }],
  flags: sessionFlags,
  examples: ['sessionkeep show docs', 'sessionkeep show claude-docs --json'],
  input: z.object({ ...sessionInput, workspace: z.string() }),
  answer: z.object(oneAnswer),
  async run(call) {
    const found = await readSessions(call)
    const { source, from } = found
    const session = findSession(found, call.input.workspace)
    const now = call.io.now()
    const { ended } = session
    const text = facts(
      [
        ['workspace', session.workspace],
        ['session', session.sessionName],
        ['status', hasEnded(session) ? 'ended' : session.status],
        ['requests', String(session.totalRequests)],
        ['created', timeAndAge(session.createdAt, now)],
        ['last activity', timeAndAge(session.lastActivityAt, now)],
        ['ended', ended && `${timeAndAge(ended.at, now)}, ${ended.cause}`],
        ['exit code', ended?.exitCode?.toString()],
        ['signal', ended?.signal?.toString()],
        ['expires', session.expiresAt === undefined ? undefined : timeAndAge(session.expiresAt, now)],
        ['earlier sessions', session.past?.length.toString()],
        ['pool', session.pool],
        ['incarnation', session.incarnation],
        ['revision', session.revision?.toString()],
        ['attributes', session.attributes === undefined ? undefined : JSON.stringify(session.attributes)],
      ],
      call.io,
    )
    return {
      answer: { source, from, session },
      text: ended?.screen ? `${text}\n\n${plainLines(ended.screen)}` : text,
    }
  },
})
