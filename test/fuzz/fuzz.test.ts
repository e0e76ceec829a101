import { expect, test } from 'vitest'
import { fuzz } from './fuzz.ts'
import { targets } from './targets.ts'

// The long form is `npm run fuzz`.
test.each(targets.map((target) => [target.name, target] as const))(
  'the fuzzer of %s finds nothing',
  async (_, target) => {
    expect((await fuzz(target, { seed: 1, runs: 300 })).findings).toEqual([])
  },
)
