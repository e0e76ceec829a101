import * as z from 'zod'
import { defineCommand } from '../command.ts'
import { hasEnded } from '../stores/stored-sessions.ts'
import { callLine } from '../text/shell-line.ts'
import { table } from '../text/table.ts'
import { duration } from '../text/times.ts'
import {
  listExitCode,
  oddLines,
  oddSteps,
  readSessions,
  sessionFlags,
  sessionInput,
  sessionsAnswer,
} from './sessions.ts'

export const ended = defineCommand({
  name: 'ended',
  summary: 'Lists the sessions that have ended: when, how, and the last line of their screens.',
  group: 'Sessions',
  flags: sessionFlags,
  examples: ['sessionkeep ended'],
  input: z.object(sessionInput),
  answer: z.object(sessionsAnswer),
  async run(call) {
    const { source, from, sessions, odd } = await readSessions(call)
    const now = call.io.now()
    const endedAt = ({ ended, lastActivityAt }: (typeof sessions)[number]) => ended?.at ?? lastActivityAt
    // The record of a deleted session stays only until every store knows of the deletion.
    const isDeleted = ({ ended }: (typeof sessions)[number]) =>
      ended?.cause === 'deleted' || ended?.cause === 'terminated'
    const wanted = sessions.filter((one) => hasEnded(one) && !isDeleted(one)).sort((a, b) => endedAt(b) - endedAt(a))
    const rows = wanted.map((session) => {
      const { ended, expiresAt } = session
      const how = ended?.exitCode ?? (ended?.signal === undefined ? '' : `signal ${ended.signal}`)
      const last = ended?.screen?.trimEnd().split('\n').at(-1) ?? ''
      return [
        session.workspace,
        ended ? `${duration(now - ended.at)} ago` : '',
        [ended?.cause ?? 'not known', how].join(' ').trim(),
        expiresAt === undefined ? '' : duration(expiresAt - now),
        last.length > 60 ? `${last.slice(0, 59)}…` : last,
      ]
    })
    const head = ['WORKSPACE', 'ENDED', 'HOW', 'EXPIRES IN', 'LAST LINE']
    const [first] = wanted
    return {
      exitCode: listExitCode(odd),
      answer: { source, from, sessions: wanted, unreadable: odd },
      text: [wanted.length === 0 ? 'no ended sessions' : table(head, rows, call.io), ...oddLines(odd)].join('\n'),
      nextSteps: [
        ...(first ? [{ do: 'See the whole last screen.', command: callLine('show', [first.workspace]) }] : []),
        ...oddSteps(odd),
      ],
    }
  },
})
