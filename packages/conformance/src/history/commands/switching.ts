import fc from 'fast-check'
import { SELECTIONS, type Selection, storesOf } from '../selection.ts'
import { turns } from '../weather.ts'
import type { World } from '../world.ts'
import { attempt } from './attempt.ts'
import type { Command, Kind } from './command.ts'

/** Now and then too short for a store that is slow. */
const DEADLINES_MS = [40, 150, 400] as const
const GIVEN_UP = ['STORE_UNAVAILABLE', 'STORE_TIMEOUT', 'STORE_CLOSED', 'STORE_LOCKED', 'STORE_BATCH_FAILED']
/** Turns of the event loop within which a rollback is done, whatever the stores do. */
const TURNS = 5

type Target = Selection | 'auto'

/** What a switch that is given up leaves as it was. */
const inForce = ({ process }: World): string =>
  process.pool
    .persistence()
    .stores.filter((store) => store.active)
    .map(({ store, role }) => `${store} ${role}`)
    .join()

async function switchTo(world: World, target: Target, timeoutMs: number): Promise<void> {
  const { process, trace, complain } = world
  const { pool, gates } = process
  const [store, ...mirror] = target === 'auto' ? [] : storesOf(target).map((key) => gates[key].store)
  const before = inForce(world)
  const alone = world.switching === 1
  try {
    const { to } = await pool.switchStore(store ? { store, mirror } : target, { timeoutMs })
    if (!process.dead) trace.push(`    in force: ${to.join(', ')}`)
  } catch (error) {
    if (!process.dead) trace.push(`    not switched: ${String(error)}`)
    if (alone && world.switching === 1 && !process.dead && !world.isRolledBack && inForce(world) !== before)
      complain(`a switch that was given up has changed ${before} to ${inForce(world)}`)
    throw error
  }
}

const switchStore = (target: Target, timeoutMs: number, waits: boolean): Command => ({
  told: `switch to ${target} within ${timeoutMs} ms${waits ? '' : ', without waiting'}`,
  async run(world) {
    const { process, pending } = world
    if (world.switching === 0) world.isRolledBack = false
    world.switching += 1
    const switched = attempt(world, process, () => switchTo(world, target, timeoutMs), [
      ...GIVEN_UP,
      'SWITCH_SUPERSEDED',
    ])
    const running = switched.finally(() => {
      world.switching -= 1
    })
    if (waits) await running
    else pending.push(running)
  },
})

const rollback: Command = {
  told: 'roll back',
  async run(world) {
    const { process, complain } = world
    world.isRolledBack = true
    let hasEnded = false
    const rolledBack = attempt(world, process, () => process.pool.rollback()).then(() => {
      hasEnded = true
    })
    await turns(TURNS)
    if (!hasEnded) complain('a rollback waits for something')
    await rolledBack
    if (inForce(world) !== '') complain(`after a rollback ${inForce(world)} is in force`)
  },
}

const target = fc.constantFrom<Target>(...SELECTIONS, 'auto')

/** Other stores while the process runs. */
export const switching: readonly Kind[] = [
  {
    weight: 3,
    arbitrary: fc
      .tuple(target, fc.constantFrom(...DEADLINES_MS), fc.boolean())
      .map(([to, timeoutMs, waits]) => switchStore(to, timeoutMs, waits)),
  },
  { weight: 1, arbitrary: fc.constant(rollback) },
]
