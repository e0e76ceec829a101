import { performance } from 'node:perf_hooks'
import fc from 'fast-check'
import { type History, historiesOver } from './history.ts'
import type { HistoryStore } from './options.ts'
import { type PlayResult, play } from './play.ts'

export interface Campaign {
  readonly stores: readonly [HistoryStore, HistoryStore]
  readonly runs: number
  readonly seed: number
  readonly path: string | undefined
  readonly shrinkMs: number
  readonly lanes: number
}

/** How long the pool may take to write everything, in ms. On a busy machine the calls of all lanes may time out for a while. */
const PATIENCE_MS = 60_000
/** The patience while a failing history is made smaller, in ms. */
const SHRINKING_PATIENCE_MS = 3000

/** How often a history has to keep the event loop for long before that is a fault: once, other work on the machine may do it. */
const STALLS = 3

/** Plays histories in several lanes at the same time. Returns the report of the smallest failing history of each lane. */
export async function runHistories(campaign: Campaign): Promise<string | undefined> {
  const { runs, seed, path } = campaign
  // A path replays one history, so one lane is enough.
  const lanes = path === undefined ? Math.min(campaign.lanes, runs) : 1
  const found = await Promise.all(
    Array.from({ length: lanes }, (_, lane) => runLane(campaign, (seed + lane) | 0, Math.ceil(runs / lanes))),
  )
  const failures = found.filter((failure) => failure !== undefined)
  return failures.length === 0 ? undefined : failures.join('\n\n')
}

async function runLane(
  { stores, path, shrinkMs }: Campaign,
  seed: number,
  numRuns: number,
): Promise<string | undefined> {
  let last: PlayResult = { faults: [], trace: [], isOnlyStalled: false }
  let failedAt: number | undefined
  let hasPlayed = false
  const property = fc.asyncProperty(historiesOver(stores), async (history: History) => {
    // The search for a smaller history ends when no history fails any more.
    if (failedAt !== undefined && performance.now() - failedAt > shrinkMs) return true
    // If the history of a path does not fail again, fast-check goes on with its neighbours.
    if (path !== undefined && hasPlayed && failedAt === undefined) return true
    hasPlayed = true
    const patience = failedAt === undefined ? PATIENCE_MS : SHRINKING_PATIENCE_MS
    let played = await play(history, stores, patience)
    for (let times = 1; played.isOnlyStalled && times < STALLS; times += 1)
      played = await play(history, stores, patience)
    if (played.faults.length === 0) return true
    failedAt ??= performance.now()
    last = played
    return false
  })
  const outcome = await fc.check(property, {
    ...{ seed, numRuns, endOnFailure: shrinkMs === 0 },
    ...(path === undefined ? {} : { path }),
  })
  if (!outcome.failed) return undefined
  if (last.faults.length === 0) throw outcome.errorInstance
  return describeFailure(last, outcome.seed, outcome.counterexamplePath ?? '', outcome.numShrinks)
}

function describeFailure({ faults, trace }: PlayResult, seed: number, path: string, shrinks: number): string {
  return [
    ...faults,
    '',
    `The smallest failing history that was found (made smaller ${shrinks} times):`,
    ...trace.map((line) => `  ${line}`),
    '',
    `To replay it: SESSIONKEEP_SEED=${seed} SESSIONKEEP_PATH=${path} SESSIONKEEP_HISTORIES=1, and the command that you ran;`,
    `or historySuite(…, { seed: ${seed}, path: '${path}' }). Timers are real, so a rare race may take several replays.`,
  ].join('\n')
}
