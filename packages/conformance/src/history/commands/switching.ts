import fc from 'fast-check'
import { eventLoopTurns } from '../fault-injector.ts'
import { SELECTIONS, type Selection, storesOf } from '../selection.ts'
import type { World } from '../world.ts'
import { attempt } from './attempt.ts'
import type { Command, Kind } from './command.ts'

/** The time-outs of a switch. The shortest one is sometimes too short for a slow store, on purpose. */
const TIMEOUTS_MS = [40, 150, 400] as const
const FAILED_SWITCH = ['STORE_UNAVAILABLE', 'STORE_TIMEOUT', 'STORE_CLOSED', 'STORE_LOCKED', 'STORE_BATCH_FAILED']
/** A rollback must be done within this many turns of the event loop, whatever the stores do. */
const TURNS = 5

type Target = Selection | 'auto'

/** The active stores and their roles. A switch that fails must not change them. */
const activeRoles = ({ process }: World): string =>
  process.pool
    .persistence()
    .stores.filter((store) => store.active)
    .map(({ store, role }) => `${store} ${role}`)
    .join()

async function switchTo(world: World, target: Target, timeoutMs: number): Promise<void> {
  const { process, trace, reportFault } = world
  const { pool, proxies } = process
  const [store, ...mirror] = target === 'auto' ? [] : storesOf(target).map((key) => proxies[key].store)
  const before = activeRoles(world)
  const alone = world.switching === 1
  try {
    const { to } = await pool.switchStore(store ? { store, mirror } : target, { timeoutMs })
    if (!process.dead) trace.push(`    active: ${to.join(', ')}`)
  } catch (error) {
    if (!process.dead) trace.push(`    not switched: ${String(error)}`)
    if (alone && world.switching === 1 && !process.dead && !world.isRolledBack && activeRoles(world) !== before)
      reportFault(`a switch that failed has changed ${before} to ${activeRoles(world)}`)
    throw error
  }
}

const switchStore = (target: Target, timeoutMs: number, waits: boolean): Command => ({
  label: `switch to ${target} within ${timeoutMs} ms${waits ? '' : ', without waiting'}`,
  async run(world) {
    const { process, pending } = world
    if (world.switching === 0) world.isRolledBack = false
    world.switching += 1
    const switched = attempt(world, process, () => switchTo(world, target, timeoutMs), [
      ...FAILED_SWITCH,
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
  label: 'roll back',
  async run(world) {
    const { process, reportFault } = world
    world.isRolledBack = true
    let hasEnded = false
    const rolledBack = attempt(world, process, () => process.pool.rollback()).then(() => {
      hasEnded = true
    })
    await eventLoopTurns(TURNS)
    if (!hasEnded) reportFault('a rollback waits for something')
    await rolledBack
    if (activeRoles(world) !== '') reportFault(`after a rollback ${activeRoles(world)} is active`)
  },
}

const target = fc.constantFrom<Target>(...SELECTIONS, 'auto')

/** The steps that switch to other stores while the process runs. */
export const switching: readonly Kind[] = [
  {
    weight: 3,
    arbitrary: fc
      .tuple(target, fc.constantFrom(...TIMEOUTS_MS), fc.boolean())
      .map(([to, timeoutMs, waits]) => switchStore(to, timeoutMs, waits)),
  },
  { weight: 1, arbitrary: fc.constant(rollback) },
]
