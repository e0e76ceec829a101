import { setTimeout as delay } from 'node:timers/promises'
import { memoryHost } from '@sessionkeep/contracts/testing'
import { freshPlace } from '../frame/place.ts'
import { watchStalls } from '../frame/stall.ts'
import { checkUnusedStores } from './at-rest.ts'
import type { Command } from './commands/command.ts'
import { restart, resting } from './commands/processes.ts'
import { createFaultInjector, eventLoopTurns } from './fault-injector.ts'
import type { History } from './history.ts'
import { checkModel } from './model.ts'
import type { HistoryStore, StoreKey } from './options.ts'
import { plant } from './planted.ts'
import { startProcess } from './process.ts'
import { createReferenceStore } from './reference-store.ts'
import type { Backend, World } from './world.ts'

/** The longest time for one step, ms: the step `rest` waits for the calls under way and for the last writes, a minute each time. */
const STEP_MS = 300_000
const LEAST_MS = 30
const MOST_MS = 10_000
const MOST_TURNS = 4
/** The most turns of the event loop that a call waits when several calls are scheduled. */
const TURNS_OF_A_CALL = 16
/** The longest time, in ms of processor time, for which a pool may block the event loop. */
const STALL_MS = 100

/** The result of a history: its faults, and everything that happened until then. */
export interface PlayResult {
  readonly faults: readonly string[]
  readonly trace: readonly string[]
  /** Whether the only fault is that the event loop was kept for long, which other work on the machine can do too. */
  readonly isOnlyStalled: boolean
}

/**
 * Plays a history to its first fault or to its end. At the end, the pool writes everything, restarts, and writes
 * everything again.
 */
export function play(
  history: History,
  stores: readonly [HistoryStore, HistoryStore],
  patienceMs: number,
): Promise<PlayResult> {
  const world = createWorld(stores, history, patienceMs)
  // With more turns of the event loop in between, the scheduler has more calls to choose from.
  return history.scheduler.waitFor(playIn(world, history), (next) =>
    eventLoopTurns(world.nextRandom() % MOST_TURNS).then(next),
  )
}

async function playIn(world: World, { selection, obstacles, commands }: History): Promise<PlayResult> {
  const { faults, trace, backends } = world
  const result = { faults, trace, isOnlyStalled: false }
  const stalls = watchStalls()
  try {
    world.timeoutMs = await timeoutFor([
      () => plant(backends.A, obstacles[0]),
      () => plant(backends.B, obstacles[1]),
      () => eventLoopTurns(TURNS_OF_A_CALL),
    ])
    trace.push(`a process starts on ${selection}; blocking records of d: ${obstacles.join(' and ')}`)
    world.process = await startProcess(world, selection)
    const last = () => restart(world.process.selection, 'stopped')
    for (const next of [...commands, resting, last, resting]) {
      const command = typeof next === 'function' ? next() : next
      trace.push(command.label)
      await runStep(world, command)
      if (faults.length === 0) checkModel(world)
      if (faults.length > 0) return result
    }
    await checkUnusedStores(world)
  } finally {
    await end(world)
    const { longestBusyMs } = stalls.stop()
    if (longestBusyMs > STALL_MS) {
      result.isOnlyStalled = faults.length === 0
      world.reportFault(`the event loop was kept for ${longestBusyMs} ms of processor time`)
    }
  }
  return result
}

/**
 * Returns a time-out for store calls, ms: several times as long as this machine now takes to open, write and close a
 * store.
 */
async function timeoutFor(tasks: ReadonlyArray<() => Promise<void>>): Promise<number> {
  let slowest = 0
  for (const task of tasks) {
    const began = performance.now()
    await task()
    slowest = Math.max(slowest, performance.now() - began)
  }
  return Math.min(MOST_MS, Math.max(LEAST_MS, 5 * slowest))
}

/** Runs one step; a step that does not end is a fault. */
async function runStep(world: World, command: Command): Promise<void> {
  const ended = new AbortController()
  const stuck = delay(STEP_MS, 'stuck', { signal: ended.signal }).catch(() => 'ended')
  const running = (async () => command.run(world))()
  try {
    if ((await Promise.race([running.then(() => 'ended'), stuck])) === 'stuck')
      world.reportFault('the step does not end')
  } finally {
    ended.abort()
  }
}

function createWorld(
  stores: readonly [HistoryStore, HistoryStore],
  { randomNumbers, scheduler }: History,
  patienceMs: number,
): World {
  const faults: string[] = []
  const trace: string[] = []
  const cleanups: Array<() => void> = []
  let drawn = 0
  const backendOf = (key: StoreKey, kind: HistoryStore): Backend => {
    const { place, remove } = freshPlace()
    cleanups.push(remove)
    return { key, kind, place, reference: createReferenceStore(), injector: createFaultInjector() }
  }
  return {
    ...{ host: memoryHost(), lives: new Map(), processes: 0, renamed: 0, tick: 0, pending: [], busy: new Map() },
    ...{ switching: 0, isRolledBack: false, isHostDown: false },
    ...{ cleanups, faults, trace, patienceMs, timeoutMs: LEAST_MS, process: undefined as never },
    backends: { A: backendOf('A', stores[0]), B: backendOf('B', stores[1]) },
    turn: (what) => scheduler.schedule(Promise.resolve(), what),
    nextRandom() {
      drawn += 1
      return randomNumbers[drawn % randomNumbers.length] ?? 0
    },
    reportFault(message) {
      faults.push(message)
      trace.push(`!!! ${message}`)
    },
  }
}

async function end(world: World): Promise<void> {
  for (const { injector } of Object.values(world.backends)) injector.set({ kind: 'none', on: 'all' })
  world.host.control.setUnavailable(undefined)
  const { process } = world as Partial<World>
  if (process && !process.dead) {
    await process.pool.stop({ timeoutMs: 1000 })
    await process.kill()
  }
  await Promise.race([Promise.allSettled(world.pending), delay(5000, undefined, { ref: false })])
  for (const remove of world.cleanups) remove()
}
