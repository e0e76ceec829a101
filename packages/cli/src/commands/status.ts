import * as z from 'zod'
import { defineCommand } from '../command.ts'
import { EXIT } from '../errors.ts'
import { selectedStores } from '../stores/selected.ts'
import { table } from '../text/table.ts'
import { openingFlags, openingInput, openingOf } from './shared.ts'

const storeAnswer = z.strictObject({
  ...{ store: z.string(), role: z.enum(['primary', 'mirror']), durability: z.string().optional() },
  ...{ living: z.int().optional(), ended: z.int().optional() },
  unreadable: z.array(z.strictObject({ name: z.string(), why: z.string() })).optional(),
  error: z.strictObject({ code: z.string(), message: z.string() }).optional(),
})

export const status = defineCommand({
  name: 'status',
  summary: 'Says whether each selected store can be read, and what it has.',
  group: 'Stores',
  flags: openingFlags,
  examples: ['sessionkeep status', 'sessionkeep status --json'],
  input: z.object(openingInput),
  answer: z.object({ stores: z.array(storeAnswer) }),
  async run(call) {
    const stores = await selectedStores(await openingOf(call), call.input.config)
    const hasFailed = stores.some(({ error }) => error)
    const rows = stores.map(({ store, role, error, durability = '', living, ended, unreadable }) => [
      ...[store, role, error ? error.code : 'can be read', durability],
      ...[living, ended, unreadable?.length].map((count) => count?.toString() ?? ''),
    ])
    const head = ['STORE', 'ROLE', 'STATE', 'SURVIVES', 'LIVING', 'ENDED', 'UNREADABLE']
    return {
      exitCode: hasFailed ? EXIT.error : EXIT.clean,
      answer: { stores },
      text: table(head, rows),
      nextSteps: hasFailed ? [{ do: 'Find out what to do.', command: 'sessionkeep doctor' }] : [],
    }
  },
})
