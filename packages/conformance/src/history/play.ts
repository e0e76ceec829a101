import { setTimeout as delay } from 'node:timers/promises'
import { memoryHost } from '@sessionkeep/core'
import { freshPlace } from '../frame/place.ts'
import { untouched } from './at-rest.ts'
import type { Command } from './commands/command.ts'
import { restart, resting } from './commands/processes.ts'
import type { History } from './history.ts'
import { look } from './ledger.ts'
import type { HistoryStore, StoreKey } from './options.ts'
import { plant } from './planted.ts'
import { startProcess } from './process.ts'
import { createShelf } from './shelf.ts'
import { createSky, turns } from './weather.ts'
import type { Ground, World } from './world.ts'

const STEP_MS = 60_000
const LEAST_MS = 30
const MOST_MS = 2000
const MOST_TURNS = 4
/** Of the loop, until a call among several has been let through. */
const TURNS_OF_A_CALL = 16

/** What came of a history: what was wrong, and all that happened until then. */
export interface Played {
  readonly faults: readonly string[]
  readonly trace: readonly string[]
}

/** Plays a history to its first fault, or to its end: at rest, over a restart, and at rest again. */
export function play(
  history: History,
  stores: readonly [HistoryStore, HistoryStore],
  patienceMs: number,
): Promise<Played> {
  const world = createWorld(stores, history, patienceMs)
  // The more turns the loop makes in between, the more calls are there to choose from.
  return history.scheduler.waitFor(playIn(world, history), (next) => turns(world.lot() % MOST_TURNS).then(next))
}

async function playIn(world: World, { selection, obstacles, commands }: History): Promise<Played> {
  const { faults, trace, grounds } = world
  try {
    world.timeoutMs = await deadlineFor([
      () => plant(grounds.A, obstacles[0]),
      () => plant(grounds.B, obstacles[1]),
      () => turns(TURNS_OF_A_CALL),
    ])
    trace.push(`a process starts on ${selection}; in the way of d: ${obstacles.join(' and ')}`)
    world.process = await startProcess(world, selection)
    const last = () => restart(world.process.selection, 'stopped')
    for (const next of [...commands, resting, last, resting]) {
      const command = typeof next === 'function' ? next() : next
      trace.push(command.told)
      await within(world, command)
      if (faults.length === 0) look(world)
      if (faults.length > 0) return { faults, trace }
    }
    await untouched(world)
  } finally {
    await end(world)
  }
  return { faults, trace }
}

/** Far longer than a store takes, on this machine and at this moment, for being opened, written and closed. */
async function deadlineFor(tasks: ReadonlyArray<() => Promise<void>>): Promise<number> {
  let slowest = 0
  for (const task of tasks) {
    const began = performance.now()
    await task()
    slowest = Math.max(slowest, performance.now() - began)
  }
  return Math.min(MOST_MS, Math.max(LEAST_MS, 5 * slowest))
}

/** A step that does not end is a fault like any other. */
async function within(world: World, command: Command): Promise<void> {
  const ended = new AbortController()
  const stuck = delay(STEP_MS, 'stuck', { signal: ended.signal }).catch(() => 'ended')
  const running = (async () => command.run(world))()
  try {
    if ((await Promise.race([running.then(() => 'ended'), stuck])) === 'stuck') world.complain('the step does not end')
  } finally {
    ended.abort()
  }
}

function createWorld(
  stores: readonly [HistoryStore, HistoryStore],
  { lots, scheduler }: History,
  patienceMs: number,
): World {
  const faults: string[] = []
  const trace: string[] = []
  const cleanups: Array<() => void> = []
  let drawn = 0
  const groundOf = (key: StoreKey, kind: HistoryStore): Ground => {
    const { place, remove } = freshPlace()
    cleanups.push(remove)
    return { key, kind, place, shelf: createShelf(), sky: createSky() }
  }
  return {
    ...{ host: memoryHost(), lives: new Map(), processes: 0, renamed: 0, tick: 0, pending: [], busy: new Map() },
    ...{ switching: 0, isRolledBack: false, isHostDown: false },
    ...{ cleanups, faults, trace, patienceMs, timeoutMs: LEAST_MS, process: undefined as never },
    grounds: { A: groundOf('A', stores[0]), B: groundOf('B', stores[1]) },
    turn: (what) => scheduler.schedule(Promise.resolve(), what),
    lot() {
      drawn += 1
      return lots[drawn % lots.length] ?? 0
    },
    complain(message) {
      faults.push(message)
      trace.push(`!!! ${message}`)
    },
  }
}

async function end(world: World): Promise<void> {
  for (const { sky } of Object.values(world.grounds)) sky.become({ kind: 'fine', on: 'all' })
  world.host.control.setUnavailable(undefined)
  const { process } = world as Partial<World>
  if (process && !process.dead) {
    await process.pool.stop({ timeoutMs: 1000 })
    await process.kill()
  }
  await Promise.race([Promise.allSettled(world.pending), delay(5000, undefined, { ref: false })])
  for (const remove of world.cleanups) remove()
}
