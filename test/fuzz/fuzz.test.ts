import { expect, test } from 'vitest'
import { slowness } from '../support/slowness.ts'
import { fuzz, STALL_BUDGET_MS } from './fuzz.ts'
import { targets } from './targets.ts'

// Some inputs are texts of a megabyte with many values, so the limit depends on the memory of the machine.
const budgetMs = STALL_BUDGET_MS * slowness()

// The long form is `npm run fuzz`, whose limit is the same on every machine.
test.each(targets.map((target) => [target.name, target] as const))(
  'the fuzzer of %s finds nothing',
  async (_, target) => {
    expect((await fuzz(target, { seed: 1, runs: 300, budgetMs })).findings).toEqual([])
  },
)
