import { parseRecord } from '@sessionkeep/core/store'
import * as z from 'zod'
import { defineCommand } from '../command.ts'
import { EXIT } from '../errors.ts'
import { BATCH, namesOf, readBatch } from '../stores/records.ts'
import { storeChoice } from '../stores/store-choice.ts'
import { plain } from '../text/plain.ts'
import type { Target } from '../transfer/ends.ts'
import { withTarget } from '../transfer/target.ts'
import type { Refused } from '../transfer/transfer.ts'
import { dryRun, many, openingFlags, openingInput, openingOf, storeFlag } from './shared.ts'

export const gc = defineCommand({
  name: 'gc',
  summary: 'Removes records of ended sessions that have expired, while no gateway does.',
  group: 'Stores',
  flags: [dryRun, storeFlag, ...openingFlags],
  examples: ['sessionkeep gc --dry-run', 'sessionkeep gc'],
  input: z.object({ ...openingInput, store: z.string().default('auto'), dryRun: z.boolean().default(false) }),
  answer: z.object({
    ...{ store: z.string(), dryRun: z.boolean(), removed: z.array(z.string()), stayed: z.int() },
    refused: z.array(z.strictObject({ name: z.string(), why: z.string() })),
  }),
  async run(call) {
    const { io, input } = call
    const choice = await storeChoice(input.store, io, input.config)
    return await withTarget(choice, await openingOf(call), input.dryRun, async (target) => {
      const { removed, refused, stayed } = await removeExpired(target, io.now())
      return {
        exitCode: refused.length > 0 ? EXIT.error : EXIT.clean,
        answer: { store: target.store.name, dryRun: input.dryRun, removed, stayed, refused },
        text: [
          `${input.dryRun ? 'would remove' : 'removed'} ${many(removed.length, 'expired record')}; ${stayed} stay`,
          ...removed.map((name) => `  ${plain(name)}`),
          ...refused.map(({ name, why }) => `not removed: ${plain(name)}: ${plain(why)}`),
        ].join('\n'),
        nextSteps: input.dryRun && removed.length > 0 ? [{ do: 'Remove them.', command: 'sessionkeep gc' }] : [],
      }
    })
  },
})

/**
 * Removes the records whose `expiresAt` has passed. A record without `expiresAt` stays, since its session may still
 * live.
 */
async function removeExpired(target: Target, now: number) {
  const removed: string[] = []
  const refused: Refused[] = []
  const names = await namesOf(target)
  for (let at = 0; at < names.length; at += BATCH) {
    const expired = new Map<string, unknown>()
    for (const [name, stored] of await readBatch(target, names.slice(at, at + BATCH))) {
      const copy = 'value' in stored ? parseRecord(name, stored.value) : undefined
      const { expiresAt } = copy?.kind === 'found' ? copy.record : {}
      if ('value' in stored && expiresAt !== undefined && expiresAt <= now) expired.set(name, stored.value)
    }
    const failed = expired.size === 0 ? undefined : await target.remove?.(expired)
    for (const name of expired.keys()) {
      const reason = failed?.get(name)
      if (reason) refused.push({ name, why: reason.message })
      else removed.push(name)
    }
  }
  return { removed, refused, stayed: names.length - removed.length }
}
