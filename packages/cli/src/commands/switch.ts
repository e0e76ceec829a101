import * as z from 'zod'
import { defineCommand } from '../command.ts'
import { activeStores, persistence, switchReport } from '../gateway/answers.ts'
import { gatewayFlags, gatewayInput, needGateway } from '../gateway/find.ts'
import { plain } from '../text/plain.ts'
import { many, openingFlags, openingInput } from './shared.ts'

const reasonFlag = { flags: '--reason <text>', description: 'why, for the log and the status' }
const input = { ...openingInput, ...gatewayInput, reason: z.string().optional() }
/** How long the answer to a switch may take beyond the time-out of the switch, ms. */
const ANSWER_MS = 5000
const WAIT = { do: 'Wait until every store has everything.', command: 'sessionkeep wait' }

export const switchStore = defineCommand({
  name: 'switch',
  summary: 'Switches the running gateway to another store; auto: to the one that its configuration selects.',
  group: 'Stores',
  needsGateway: true,
  arguments: [{ name: 'store', description: 'the name of a store, as the gateway knows it; or auto' }],
  flags: [
    { flags: '--mirror <stores>', description: 'stores that get every change too, with commas between them' },
    reasonFlag,
    ...gatewayFlags,
    ...openingFlags,
  ],
  examples: ['sessionkeep switch lowdb --mirror file --reason "moving to lowdb"', 'sessionkeep switch auto'],
  input: z.object({ ...input, store: z.string(), mirror: z.string().optional() }),
  answer: z.object({ report: switchReport }),
  async run(call) {
    const { store, mirror, reason, timeout } = call.input
    // The gateway gives the switch up after the time-out, and its answer says why. So the command waits a little longer.
    const gateway = await needGateway({ ...call, input: { ...call.input, timeout: timeout + ANSWER_MS } })
    const report = await gateway.call('POST', '/persistence/switch', switchReport, {
      store,
      ...(mirror === undefined ? {} : { mirror: mirror.split(',').filter(Boolean) }),
      ...(reason === undefined ? {} : { reason }),
      timeoutMs: Math.min(timeout, 600_000),
    })
    // The report does not say which of its stores is a standby. The gateway is asked for that, if it still answers.
    const now = await gateway.call('GET', '/persistence', persistence).catch(() => undefined)
    return { answer: { report }, text: textOf(report, now && activeStores(now)), nextSteps: [WAIT] }
  },
})

export const rollback = defineCommand({
  name: 'rollback',
  summary: 'Switches persistence off at once: the running gateway keeps everything in memory, and touches no store.',
  group: 'Stores',
  needsGateway: true,
  flags: [reasonFlag, ...gatewayFlags, ...openingFlags],
  examples: ['sessionkeep rollback --reason "the disk hangs"'],
  input: z.object(input),
  answer: z.object({ report: switchReport }),
  async run(call) {
    const { reason } = call.input
    const gateway = await needGateway(call)
    const given = reason === undefined ? {} : { reason }
    const report = await gateway.call('POST', '/persistence/rollback', switchReport, given)
    const back = { do: 'Switch back once the cause is gone.', command: 'sessionkeep switch auto' }
    return { answer: { report }, text: textOf(report), nextSteps: [back] }
  },
})

function textOf(
  { changed, from, to, durationMs, detached }: z.infer<typeof switchReport>,
  active = to.map(plain).join(', '),
): string {
  const unsaved = detached.filter(({ unsaved }) => unsaved > 0)
  return [
    changed
      ? `from ${from.map(plain).join(', ')} to ${active} in ${Math.round(durationMs)} ms`
      : `nothing to change: ${active}`,
    ...unsaved.map(({ store, unsaved }) => `${plain(store)} was detached before it got ${many(unsaved, 'record')}`),
  ].join('\n')
}
