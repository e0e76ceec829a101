import { setTimeout as delay } from 'node:timers/promises'
import fc from 'fast-check'
import { CALL_GROUPS, ENDINGS, FAULT_KINDS } from '../fault-injector.ts'
import { changeByHand, type ManualChange } from '../manual-changes.ts'
import type { Kind } from './command.ts'
import { workspace } from './workspace.ts'

const MANUAL_CHANGES: readonly ManualChange[] = [
  'killed',
  'renamed',
  'displaced',
  'added',
  'recreated',
  'exited',
  'lost',
]
const key = fc.constantFrom('A' as const, 'B' as const)
const on = fc.oneof(
  { weight: 3, arbitrary: fc.constant('all' as const) },
  { weight: 2, arbitrary: fc.constantFrom(...CALL_GROUPS) },
)

/** The steps that change the sessions, the host and the stores from outside the pool. */
export const environment: readonly Kind[] = [
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom(...MANUAL_CHANGES), workspace).map(([change, of]) => ({
      label: `${of} is ${change} by hand`,
      run: (world) => changeByHand(world, change, of),
    })),
  },
  {
    weight: 1,
    arbitrary: fc.boolean().map((up) => ({
      label: `the host is ${up ? 'up' : 'down'}`,
      run(world) {
        world.isHostDown = !up
        world.host.control.setUnavailable(up ? undefined : 'down')
      },
    })),
  },
  {
    weight: 4,
    arbitrary: fc.record({ key, kind: fc.constantFrom(...FAULT_KINDS), on }).map((fault) => ({
      label: `fault in ${fault.key}: ${fault.kind}${fault.on === 'all' ? '' : `, on ${fault.on}`}`,
      run: ({ backends }) => backends[fault.key].injector.set(fault),
    })),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(key, fc.nat(5), fc.constantFrom(...ENDINGS)).map(([of, at, ending]) => ({
      label: `held call ${at} of ${of} is ${ending}`,
      run: ({ backends }) => backends[of].injector.release(at, ending),
    })),
  },
  {
    weight: 2,
    arbitrary: fc.nat(25).map((ms) => ({ label: `${ms} ms pass`, run: () => delay(ms) })),
  },
]
