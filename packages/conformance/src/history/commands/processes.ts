import { setTimeout as delay } from 'node:timers/promises'
import fc from 'fast-check'
import { atRest } from '../at-rest.ts'
import { startProcess } from '../process.ts'
import { SELECTIONS, type Selection } from '../selection.ts'
import { isStoredIn, wasStoredIn } from '../stored.ts'
import { inForce, pastOf, type World } from '../world.ts'
import type { Command, Kind } from './command.ts'

const STOP_MS = 200
const SETTLE_MS = 10_000

interface Stop {
  readonly timeoutMs: number
  readonly isStored: typeof isStoredIn
}

/**
 * `STOP_MS` is short for a store that is held: what is not saved by then is told. A successor that has started already
 * may have written over what was saved.
 */
async function stop(world: World, { timeoutMs, isStored }: Stop = { timeoutMs: STOP_MS, isStored: isStoredIn }) {
  const { grounds, process, complain, trace } = world
  const { pool } = process
  const { unsaved } = await pool.stop({ timeoutMs })
  const retaining = inForce(world, process)
  for (const view of pool.listSessions()) {
    const isSaved = retaining.length === 0 || retaining.some((key) => isStored(grounds[key].shelf, view))
    if (!isSaved && !unsaved.includes(view.sessionName))
      complain(`stop() has not told that ${view.sessionName} (${view.incarnation}) r${view.revision} is unsaved`)
  }
  trace.push(`    unsaved: ${unsaved.join(' ') || 'none'}`)
  // Nothing that it has left under way outlives its process.
  await process.kill()
}

async function kill(world: World): Promise<void> {
  const { process, pending } = world
  await process.kill()
  // Only to end its timers: nothing of it reaches host or stores any more.
  pending.push(process.pool.stop({ timeoutMs: 1 }))
}

/** Another process starts before this one has ended. Without locks that would make two writers of one pool. */
async function handOver(world: World): Promise<void> {
  const { grounds, process: last } = world
  for (const { sky } of Object.values(grounds)) sky.become({ kind: 'fine', on: 'all' })
  const next = await startProcess(world, last.selection, last)
  await stop(world, { timeoutMs: 1000, isStored: wasStoredIn })
  next.inherited = pastOf(world, next.id)
  world.process = next
}

/** All is well again, and nothing is under way. */
async function rest(world: World): Promise<void> {
  const { host, grounds } = world
  for (const { sky } of Object.values(grounds)) sky.become({ kind: 'fine', on: 'all' })
  world.isHostDown = false
  host.control.setUnavailable(undefined)
  const all = Promise.all(world.pending).then(() => true)
  if (!(await Promise.race([all, delay(SETTLE_MS, false, { ref: false })]))) world.complain('a call does not end')
  world.pending = []
  await atRest(world)
}

export const restart = (selection: Selection, how: 'stopped' | 'killed'): Command => ({
  told: `the process is ${how}; another starts on ${selection}`,
  async run(world) {
    await (how === 'stopped' ? stop : kill)(world)
    world.process = await startProcess(world, selection)
  },
})

export const resting: Command = { told: 'all comes to rest', run: rest }

// Those with a mirror more often: it is there that stores part and meet again.
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
            arbitrary: fc.constant({ told: 'another process starts, then this one stops', run: handOver }),
          },
        ]
      : []),
  ]
}
