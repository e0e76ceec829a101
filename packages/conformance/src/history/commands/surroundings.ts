import { setTimeout as delay } from 'node:timers/promises'
import fc from 'fast-check'
import { behindTheBack, type Deed } from '../behind-the-back.ts'
import { CONCERNED, ENDINGS, KINDS } from '../weather.ts'
import type { Kind } from './command.ts'
import { workspace } from './workspace.ts'

const DEEDS: readonly Deed[] = ['killed', 'renamed', 'added', 'recreated', 'exited']
const key = fc.constantFrom('A' as const, 'B' as const)
const on = fc.oneof(
  { weight: 3, arbitrary: fc.constant('all' as const) },
  { weight: 2, arbitrary: fc.constantFrom(...CONCERNED) },
)

/** What happens around a pool: to its sessions, its host and its stores. */
export const surroundings: readonly Kind[] = [
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom(...DEEDS), workspace).map(([deed, of]) => ({
      told: `${of} is ${deed} by hand`,
      run: (world) => behindTheBack(world, deed, of),
    })),
  },
  {
    weight: 1,
    arbitrary: fc.boolean().map((up) => ({
      told: `the host is ${up ? 'up' : 'down'}`,
      run(world) {
        world.isHostDown = !up
        world.host.control.setUnavailable(up ? undefined : 'down')
      },
    })),
  },
  {
    weight: 4,
    arbitrary: fc.record({ key, kind: fc.constantFrom(...KINDS), on }).map((weather) => ({
      told: `weather over ${weather.key}: ${weather.kind}${weather.on === 'all' ? '' : `, on ${weather.on}`}`,
      run: ({ grounds }) => grounds[weather.key].sky.become(weather),
    })),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(key, fc.nat(5), fc.constantFrom(...ENDINGS)).map(([of, at, ending]) => ({
      told: `held call ${at} of ${of} is ${ending}`,
      run: ({ grounds }) => grounds[of].sky.release(at, ending),
    })),
  },
  {
    weight: 2,
    arbitrary: fc.nat(25).map((ms) => ({ told: `${ms} ms pass`, run: () => delay(ms) })),
  },
]
