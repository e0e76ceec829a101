import { systemClock } from '@sessionkeep/contracts/internal'
import { createFlagLayer } from '../../../packages/selection/src/flag-layer.ts'
import { hostileValue } from '../hostile.ts'
import { changedObject, jsonFrom } from '../random.ts'
import { claim, type FuzzTarget } from '../target.ts'

const logger = { debug() {}, info() {}, warn() {}, error() {} }
const STATES = ['set', 'unset', 'invalid', 'unanswered']

/** The answers of a flag service: only a name of a store is ever applied, and the layer always has a state. */
export const flags: FuzzTarget = {
  name: 'flags',
  corpus: [
    '{"value":"!proxy"}',
    '{"value":{"store":"!getter"}}',
    '"!proxy"',
    'null',
    '{"value":"memory","reason":"!bigint"}',
  ],
  input: (random) =>
    random.bool(0.7)
      ? changedObject(random, { value: { store: 'memory', mirror: [] }, reason: 'r' })
      : jsonFrom(random),
  async check(input) {
    const applied: unknown[] = []
    const read = async () => hostileValue(input) as never
    const layer = createFlagLayer(
      { key: 'k', timeoutMs: 1000, read },
      { logger, clock: systemClock },
      async (value) => {
        applied.push(value.store, ...(value.mirror ?? []))
      },
    )
    await layer.start()
    const { state } = layer.status()
    layer.stop()
    claim(STATES.includes(state), `the layer has the state ${state}`)
    claim(
      applied.every((name) => typeof name === 'string' && name.trim() !== ''),
      'a value that is no name was applied',
    )
  },
}
