import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { defineCommand } from '../command.ts'
import { activeStores, type Persistence, persistence, sessionList } from '../gateway/answers.ts'
import type { Gateway } from '../gateway/client.ts'
import { gatewayFlags, gatewayInput, needGateway } from '../gateway/find.ts'
import { type Io, streamTo } from '../io.ts'
import { duration } from '../text/times.ts'
import { sessionTable } from './sessions.ts'
import { many, openingFlags, openingInput, wholeNumber } from './shared.ts'

export const watch = defineCommand({
  name: 'watch',
  summary: 'Shows the sessions and stores of the running gateway, again and again.',
  group: 'Sessions',
  needsGateway: true,
  flags: [
    { flags: '--every <ms>', description: 'how often (1000)' },
    { flags: '--count <n>', description: 'ends after so many times; by default never' },
    ...gatewayFlags,
    ...openingFlags,
  ],
  printsLines: true,
  examples: ['sessionkeep watch --count 1'],
  input: z.object({
    ...openingInput,
    ...gatewayInput,
    every: wholeNumber(100, 3_600_000).default(1000),
    count: wholeNumber(1, 1_000_000).optional(),
  }),
  answer: z.object({ sessions: sessionList.shape.sessions, persistence }),
  async run(call) {
    const { input, io, isJson } = call
    const gateway = await needGateway(call)
    const write = streamTo(io)
    for (let shown = 1; ; shown += 1) {
      const snapshot = await snapshotOf(gateway)
      const text = textOf(snapshot, io)
      // The last snapshot is the answer. Earlier ones are only shown; in JSON, each is a line.
      if (shown === input.count) return { answer: snapshot, text: `${io.hasColour ? CLEAR : ''}${text}` }
      await write(
        isJson
          ? `${JSON.stringify({ command: 'watch', ok: true, ...snapshot, next_steps: [] })}\n`
          : `${io.hasColour ? CLEAR : ''}${text}\n`,
      )
      await sleep(input.every, undefined, { signal: io.signal })
    }
  },
})

/** Clears the terminal. */
const CLEAR = '\u001b[2J\u001b[H'

interface Snapshot {
  readonly sessions: z.infer<typeof sessionList>['sessions']
  readonly persistence: Persistence
}

async function snapshotOf(gateway: Gateway): Promise<Snapshot> {
  const [{ sessions }, status] = await Promise.all([
    gateway.call('GET', '/sessions', sessionList),
    gateway.call('GET', '/persistence', persistence),
  ])
  return { sessions: sessions.sort((a, b) => b.lastActivityAt - a.lastActivityAt), persistence: status }
}

function textOf({ sessions, persistence }: Snapshot, io: Io): string {
  const { effective, oldestDirtyMs, saved, switching } = persistence
  const stores = activeStores(persistence)
  const behind = oldestDirtyMs > 0 ? `, the oldest change that is not safe is ${duration(oldestDirtyMs)} old` : ''
  const progress = switching ? `; a switch runs: ${switching.written} of ${switching.total}` : ''
  const line = `${many(sessions.length, 'session')}, ${saved} saved; ${stores}: ${effective.reason}${behind}${progress}`
  return sessions.length === 0 ? line : `${line}\n\n${sessionTable(sessions, io)}`
}
