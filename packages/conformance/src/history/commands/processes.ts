import { setTimeout as delay } from 'node:timers/promises'
import fc from 'fast-check'
import { checkAtRest } from '../at-rest.ts'
import { startProcess } from '../process.ts'
import { SELECTIONS, type Selection } from '../selection.ts'
import { isStoredIn, wasStoredIn } from '../stored.ts'
import { activeStores, pastOf, type World } from '../world.ts'
import type { Command, Kind } from './command.ts'

const STOP_MS = 200
/** The least time, in ms, that the calls under way get to end. */
const SETTLE_MS = 10_000

interface Stop {
  readonly timeoutMs: number
  readonly isStored: typeof isStoredIn
}

/**
 * Stops the process. A store whose calls are held does not answer within `STOP_MS`. stop() must then return the names
 * of unsaved sessions. After a hand-over, the successor may have overwritten records that were saved. So the caller
 * then gives another `isStored`.
 */
async function stop(world: World, { timeoutMs, isStored }: Stop = { timeoutMs: STOP_MS, isStored: isStoredIn }) {
  const { backends, process, reportFault, trace } = world
  const { pool } = process
  const { unsaved } = await pool.stop({ timeoutMs })
  const retaining = activeStores(world, process)
  for (const view of pool.listSessions()) {
    const isSaved = retaining.length === 0 || retaining.some((key) => isStored(backends[key].reference, view))
    if (!isSaved && !unsaved.includes(view.sessionName))
      reportFault(`stop() did not return ${view.sessionName} (${view.incarnation}) r${view.revision} as unsaved`)
  }
  trace.push(`    unsaved: ${unsaved.join(' ') || 'none'}`)
  // Calls that still run after stop() end with their process.
  await process.kill()
}

async function kill(world: World): Promise<void> {
  const { process, pending } = world
  await process.kill()
  // This only ends the pool's timers: its calls no longer reach the host or the stores.
  pending.push(process.pool.stop({ timeoutMs: 1 }))
}

/** Starts another process before this one has ended. Only locks keep the two from writing at the same time. */
async function handOver(world: World): Promise<void> {
  const { backends, process: last } = world
  for (const { injector } of Object.values(backends)) injector.set({ kind: 'none', on: 'all' })
  const next = await startProcess(world, last.selection, last)
  await stop(world, { timeoutMs: 1000, isStored: wasStoredIn })
  next.inherited = pastOf(world, next.id)
  world.process = next
}

/** Ends all faults, waits for the calls under way, and checks the result. */
async function rest(world: World): Promise<void> {
  const { host, backends } = world
  for (const { injector } of Object.values(backends)) injector.set({ kind: 'none', on: 'all' })
  world.isHostDown = false
  host.control.setUnavailable(undefined)
  const all = Promise.all(world.pending).then(() => true)
  // A late call takes twice the time-out of a call, which is seconds on a busy machine, and the pool repeats some calls.
  const settleMs = Math.max(SETTLE_MS, world.patienceMs, 6 * world.timeoutMs)
  if (!(await Promise.race([all, delay(settleMs, false, { ref: false })]))) world.reportFault('a call does not end')
  world.pending = []
  await checkAtRest(world)
}

export const restart = (selection: Selection, how: 'stopped' | 'killed'): Command => ({
  label: `the process is ${how}; another starts on ${selection}`,
  async run(world) {
    await (how === 'stopped' ? stop : kill)(world)
    world.process = await startProcess(world, selection)
  },
})

export const resting: Command = { label: 'all comes to rest', run: rest }

// Selections with a mirror are drawn more often, because only there can two stores differ.
const selection = fc.constantFrom(...SELECTIONS, 'A+B' as const, 'B+A' as const)

export function processes(canHandOver: boolean): Kind[] {
  return [
    {
      weight: 2,
      arbitrary: fc.tuple(selection, fc.constantFrom('stopped', 'killed')).map(([on, how]) => restart(on, how)),
    },
    { weight: 1, arbitrary: fc.constant(resting) },
    ...(canHandOver
      ? [
          {
            weight: 1,
            arbitrary: fc.constant({ label: 'another process starts, then this one stops', run: handOver }),
          },
        ]
      : []),
  ]
}
