import * as z from 'zod'
import { defineCommand, type Outcome } from '../command.ts'
import { EXIT } from '../errors.ts'
import { activeStores, type Persistence, persistence } from '../gateway/answers.ts'
import { findGateway, gatewayFlags, gatewayInput } from '../gateway/find.ts'
import type { Io } from '../io.ts'
import { failureOf, selectedStores } from '../stores/selected.ts'
import { oddRecord } from '../stores/stored-sessions.ts'
import { plain } from '../text/plain.ts'
import { table } from '../text/table.ts'
import { duration } from '../text/times.ts'
import { openingFlags, openingInput, openingOf } from './shared.ts'

const storeAnswer = z.strictObject({
  ...{ store: z.string(), role: z.enum(['primary', 'mirror']), durability: z.string().optional() },
  ...{ living: z.int().optional(), ended: z.int().optional() },
  unreadable: z.array(oddRecord).optional(),
  error: z.strictObject({ code: z.string(), message: z.string() }).optional(),
})

export const status = defineCommand({
  name: 'status',
  summary: 'Says which stores are active and whether they have everything; with no gateway running, what they have.',
  group: 'Stores',
  flags: [...gatewayFlags, ...openingFlags],
  examples: ['sessionkeep status', 'sessionkeep status --json'],
  input: z.object({ ...openingInput, ...gatewayInput }),
  answer: z.object({
    source: z.enum(['gateway', 'store']),
    stores: z.array(storeAnswer).optional(),
    persistence: persistence.optional(),
  }),
  async run(call) {
    const gateway = await findGateway(call)
    if (gateway) return ofGateway(await gateway.call('GET', '/persistence', persistence), call.io)
    const stores = await selectedStores(await openingOf(call), call.input.config)
    const hasFailed = stores.some((each) => failureOf(each))
    const rows = stores.map((each) => [
      ...[each.store, each.role, failureOf(each) ?? 'can be read', each.durability ?? ''],
      ...[each.living, each.ended, each.unreadable?.length].map((count) => count?.toString() ?? ''),
    ])
    const head = ['STORE', 'ROLE', 'STATE', 'SURVIVES', 'LIVING', 'ENDED', 'UNREADABLE']
    return {
      exitCode: hasFailed ? EXIT.error : EXIT.clean,
      answer: { source: 'store', stores: stores.map(({ names, place, ...shown }) => shown) },
      text: table(head, rows, call.io),
      nextSteps: hasFailed ? [{ do: 'Find out what to do.', command: 'sessionkeep doctor' }] : [],
    }
  },
})

/** The reasons of `persistence()` that need no action. */
const FINE = ['ok', 'off', 'observing', 'starting']

function ofGateway(given: Persistence, io: Io): Outcome {
  const { effective, stores, saved, sessions, afterRestart } = given
  const rows = stores.map(({ store, role, state, durability, dirty, oldestDirtyMs, lastError }) => [
    ...[store, role, state, durability, String(dirty), duration(oldestDirtyMs), lastError?.code ?? ''],
  ])
  const isFine = FINE.includes(effective.reason)
  const line = `${activeStores(given)}: ${effective.reason}; ${saved} of ${sessions} sessions are saved; a restart selects ${plain(afterRestart.store)}`
  const head = ['STORE', 'ROLE', 'STATE', 'SURVIVES', 'NOT SAFE', 'OLDEST', 'ERROR']
  return {
    exitCode: isFine ? EXIT.clean : EXIT.differences,
    answer: { source: 'gateway', persistence: given },
    text: rows.length === 0 ? line : `${line}\n\n${table(head, rows, io)}`,
    nextSteps: isFine ? [] : [{ do: 'Find out what to do.', command: 'sessionkeep doctor' }],
  }
}
