import { compileFunction } from 'node:vm'
import { bareSessions } from '../fixtures/bare-sessions.ts'
import type { Fixture } from '../fixtures/fixture.ts'
import { populate, startPool, stores } from '../fixtures/pools.ts'
import { interleave, type Plan, type Subject, type Taken } from '../harness.ts'
import { type Bar, type Figure, figure, type Result, ratioBar } from '../report/result.ts'
import { per, ratio } from '../statistics.ts'
import type { Extent } from './measurement.ts'

type Verb = (workspace: string) => boolean
type Loop = (start: Verb, complete: Verb, workspaces: readonly string[], pairs: number) => number

const SIZES = [1, 50, 500]
const PAIRS = 2000
/** `none` is measured twice: the difference between the two is the noise of this measurement. */
const POOLS = { none: 'none', 'none, again': 'none', memory: 'memory', 'file (power)': 'file (power)' } as const
const NAMES = Object.keys(POOLS) as (keyof typeof POOLS)[]
const BARE = 'bare Map update'

/** Measures a pair of trackRequestStart and trackRequestComplete, with each store and without a pool. */
export async function activity(fixture: Fixture, { quick }: Extent): Promise<Omit<Result, 'name'>> {
  const figures: Figure[] = []
  const bars: Bar[] = []
  const plan = quick ? { rounds: 1, samples: 20, warmUp: 20 } : { rounds: 5, samples: 100, warmUp: 100 }
  for (const size of SIZES) {
    const runs: Taken<'pair'>[] = []
    for (let turn = 0; turn < NAMES.length; turn += 1) runs.push(await oneRun(fixture, size, turn, plan))
    const rounds = (name: string) =>
      per(
        runs.flatMap((taken) => taken(name, 'pair')),
        PAIRS,
      )
    const [bare, none, file] = [rounds(BARE), rounds('none'), rounds('file (power)')]
    const at = `${size} session${size === 1 ? '' : 's'}`
    figures.push(figure('limit', `${BARE}, ${at}`, bare))
    for (const name of NAMES) {
      const role = POOLS[name] === 'none' ? 'none' : 'us'
      figures.push(figure(role, `${name}, ${at}`, rounds(name), { ratio: ratio(rounds(name), bare), note: 'of bare' }))
    }
    bars.push(
      ratioBar(`a pair with the file store beside none, ${at}`, ratio(file, none), 1.25),
      ratioBar(`a pair with the file store beside a bare Map update, ${at}`, ratio(file, bare), 3),
    )
  }
  return {
    title: 'trackRequestStart + trackRequestComplete, one pair',
    figures,
    bars,
    notes: [
      'In four runs each pool is made once as the first, the second, the third and the last. `none` is measured twice: its two rows differ by chance alone.',
      `A sample is the mean of ${PAIRS} pairs, round robin over the sessions; the flush timer runs, and its writes run meanwhile.`,
      'The bare Map update looks the session up twice and sets count, active requests, status and Date.now().',
    ],
  }
}

/**
 * The order in which the pools are made changes from run to run, because the place of an object in memory makes a
 * difference of some per cent.
 */
async function oneRun(fixture: Fixture, size: number, turn: number, plan: Plan): Promise<Taken<'pair'>> {
  const { subjects, check } = await prepare(fixture, size, [...NAMES.slice(turn), ...NAMES.slice(0, turn)])
  const taken = await interleave(subjects, plan)
  check((plan.rounds * plan.samples + plan.warmUp) * PAIRS)
  return taken
}

async function prepare(fixture: Fixture, size: number, names: typeof NAMES) {
  const subjects: Subject<'pair'>[] = []
  const totals: Array<() => number> = []
  let workspaces: readonly string[] = []
  const add = (name: string, start: Verb, complete: Verb, total: () => number) => {
    const loop = compileLoop(`${name} ${size}`)
    subjects.push({ name, sample: () => ({ pair: timedPairs(loop, start, complete, workspaces) }) })
    totals.push(total)
  }
  const bare = bareSessions()
  add(BARE, bare.start, bare.complete, bare.total)
  for (const name of names) {
    const pool = await startPool(fixture, stores[POOLS[name]](fixture))
    workspaces = await populate(pool, size)
    add(name, pool.trackRequestStart, pool.trackRequestComplete, () => pool.getStats().totalRequests)
  }
  for (const workspace of workspaces) bare.add(workspace)
  return {
    subjects,
    /** Checks that every request was counted, so that nothing was optimised away, refused or forgotten. */
    check(pairs: number): void {
      for (const total of totals) if (total() !== pairs) throw new Error(`counted ${total()} of ${pairs} requests`)
    },
  }
}

/**
 * Compiles a separate loop for each subject, so that the optimisations of the engine for one do not influence
 * another.
 */
function compileLoop(name: string): Loop {
  const body = `// ${name}
    let done = 0
    for (let pair = 0; pair < pairs; pair += 1) {
      const workspace = workspaces[pair % workspaces.length]
      if (start(workspace) && complete(workspace)) done += 1
    }
    return done`
  return compileFunction(body, ['start', 'complete', 'workspaces', 'pairs']) as Loop
}

function timedPairs(loop: Loop, start: Verb, complete: Verb, workspaces: readonly string[]): number {
  const began = performance.now()
  const done = loop(start, complete, workspaces, PAIRS)
  const took = performance.now() - began
  if (done !== PAIRS) throw new Error(`${PAIRS - done} of ${PAIRS} pairs were refused`)
  return took
}
