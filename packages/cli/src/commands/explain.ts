import * as z from 'zod'
import { defineCommand } from '../command.ts'
import { findGateway, gatewayFlags, gatewayInput } from '../gateway/find.ts'
import { explainSelection } from '../stores/selection.ts'
import { configOf } from '../stores/store-choice.ts'
import { plain } from '../text/plain.ts'
import { table } from '../text/table.ts'
import { openingFlags, openingInput } from './shared.ts'

const layerAnswer = z.strictObject({
  ...{ layer: z.string(), state: z.string(), verdict: z.string() },
  ...{ store: z.string().optional(), mirror: z.array(z.string()).optional(), source: z.string().optional() },
  ...{ detail: z.string().optional(), since: z.number().optional() },
  options: z.array(z.strictObject({ variable: z.string(), option: z.string() })).optional(),
})

const selectionAnswer = {
  ...{ store: z.string(), mirror: z.array(z.string()), layer: z.string(), mirrorLayer: z.string() },
  ...{ since: z.number(), why: z.string(), layers: z.array(layerAnswer) },
}

export const explain = defineCommand({
  name: 'explain',
  summary: 'Says which store is selected, and which layer decided that.',
  group: 'Stores',
  flags: [...gatewayFlags, ...openingFlags],
  examples: ['sessionkeep explain', 'sessionkeep explain --json'],
  input: z.object({ ...openingInput, ...gatewayInput }),
  answer: z.object({ source: z.enum(['gateway', 'store']), ...selectionAnswer }),
  async run(call) {
    const { input, io, logger } = call
    const gateway = await findGateway(call)
    const explanation = gateway
      ? await gateway.call('GET', '/selection', z.object(selectionAnswer))
      : explainSelection(await configOf(io, input.config), logger)
    const { store, mirror, why, layers } = explanation
    const rows = layers.map((each) => [
      each.layer,
      each.verdict,
      each.store ?? '',
      each.mirror?.join(', ') ?? '',
      [each.source, each.detail].filter(Boolean).join(': '),
    ])
    const mirrors = mirror.length > 0 ? `, with the mirrors ${mirror.map(plain).join(', ')}` : ''
    return {
      answer: { source: gateway ? 'gateway' : 'store', ...explanation },
      text: `${plain(store)}${mirrors}: ${plain(why)}\n\n${table(['LAYER', 'VERDICT', 'STORE', 'MIRRORS', 'SOURCE'], rows, io)}`,
    }
  },
})
