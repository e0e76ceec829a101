import type { Logger, SessionPool } from '@sessionkeep/core'
import { guarded } from './guarded.ts'

/** How often the requests of each session are counted, ms. */
const STEP_MS = 5000
/** How many counts of each session are kept. */
const STEPS = 60

/** The requests of each session in the last steps. */
export interface Activity {
  readonly stepMs: number
  /** The number of requests by workspace and step, the oldest first. */
  readonly requests: Readonly<Record<string, readonly number[]>>
}

/** Counts the requests of each session over time, for the curves of the dashboard. */
export function createActivity(pool: SessionPool<never>, logger: Pick<Logger, 'error'>) {
  // Requests from before the app was created are not part of the curve.
  const totals = new Map(pool.listSessions().map(({ workspace, totalRequests }) => [workspace, totalRequests]))
  const steps = new Map<string, number[]>()

  const count = (): void => {
    const living = new Set<string>()
    for (const { workspace, totalRequests, origin, generation } of pool.listSessions()) {
      living.add(workspace)
      // A new session has had all of its requests in this step. A session that was found or resumed has earlier ones, too.
      const atFirst = origin === 'created' && generation === undefined ? 0 : totalRequests
      const made = steps.get(workspace) ?? []
      made.push(Math.max(0, totalRequests - (totals.get(workspace) ?? atFirst)))
      if (made.length > STEPS) made.shift()
      steps.set(workspace, made)
      totals.set(workspace, totalRequests)
    }
    for (const workspace of steps.keys()) {
      if (living.has(workspace)) continue
      steps.delete(workspace)
      totals.delete(workspace)
    }
  }
  count()
  const timer = setInterval(guarded(logger, 'The requests of sessions cannot be counted', count), STEP_MS)
  // Counting must not keep a gateway from ending.
  timer.unref()

  return {
    /** Ends a step. A timer does that every {@link STEP_MS}. */
    count,
    now: (): Activity => ({ stepMs: STEP_MS, requests: Object.fromEntries(steps) }),
    close: (): void => clearInterval(timer),
  }
}

export type ActivityCounter = ReturnType<typeof createActivity>
