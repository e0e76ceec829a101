import { randomUUID } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import type { SessionPool } from '@sessionkeep/core'
import { startCreateDeleteLoad } from './create-delete-load.ts'
import type { DrilledPool } from './drilled-pool.ts'
import { createFailures, type Failures } from './failures.ts'
import { type DrillOptions, type ResolvedDrill, resolveDrill } from './options.ts'
import { countOf, make, remove } from './own-sessions.ts'
import { assertMayDrill, refused } from './preconditions.ts'
import type { DrillReport, DrillStep } from './report.ts'
import { startLoad } from './request-load.ts'
import { putBack, putBackBehind } from './restore.ts'
import { takeSteps } from './steps.ts'
import { startWatch, untilCaughtUp } from './watch.ts'

const drilled = new WeakSet<object>()

/**
 * Detaches the stores of a running pool on purpose, attaches them again, and switches through others, all under load,
 * and says what that cost. It makes sessions of its own for that (workspaces `drill-<random>-<n>`) and deletes them at
 * the end; the other sessions are served and counted as ever. While the stores are detached, a kill of the process
 * would cost every session what it has counted since; stores that it went through keep what they were given.
 *
 * What cannot be done (a store that is not to be had) is in the report, and the pool goes back to what the layers say.
 * Rejects with `CONFIG_INVALID`, `DRILL_REFUSED` or `SESSION_LIMIT` before anything was touched, with the error of a
 * session that could not be made, or with the reason of an aborted signal, once everything is as it was found.
 */
export async function drill<Attributes>(
  pool: SessionPool<Attributes>,
  options: DrillOptions = {},
): Promise<DrillReport> {
  const resolved = resolveDrill(options)
  resolved.signal?.throwIfAborted()
  if (drilled.has(pool)) throw refused('another one is under way')
  assertMayDrill(pool, resolved)
  drilled.add(pool)
  try {
    const report = await hold(pool, resolved)
    resolved.signal?.throwIfAborted()
    return report
  } finally {
    drilled.delete(pool)
  }
}

async function hold(pool: DrilledPool, options: ResolvedDrill): Promise<DrillReport> {
  const { sessions, session, signal, timeoutMs } = options
  const startedAt = performance.now()
  const id = randomUUID().slice(0, 8)
  const nameOf = (number: number): string => `drill-${id}-${number}`
  const workspaces = Array.from({ length: sessions }, (_, at) => nameOf(at + 1))
  const failures = createFailures()
  try {
    await make(pool, workspaces, session, signal)
  } catch (error) {
    await remove(pool, workspaces, failures)
    throw error
  }
  const ran = await run(pool, options, {
    workspaces,
    nameOf: (at) => nameOf(sessions + at),
    reason: `drill ${id}`,
    failures,
  })
  const left = await remove(pool, [...workspaces, ...ran.alive], failures)
  if (ran.report.restored === 'yes') await untilCaughtUp(pool, timeoutMs)
  const errors = failures.all()
  const isWell = errors.length === 0 && left.length === 0 && ran.report.restored === 'yes'
  const { lost, unacknowledged } = ran.report.requests
  const isWhole =
    lost === 0 && unacknowledged === 0 && ran.report.steps.every(({ catchUpMs }) => catchUpMs !== undefined)
  return { ok: isWell && isWhole, durationMs: performance.now() - startedAt, ...ran.report, left, errors }
}

interface Ground {
  readonly workspaces: readonly string[]
  readonly nameOf: (number: number) => string
  readonly reason: string
  readonly failures: Failures
}

/** The steps under load, and the way back; gives what was found, and the sessions that came and have not gone. */
async function run(pool: DrilledPool, options: ResolvedDrill, { workspaces, nameOf, reason, failures }: Ground) {
  const watch = startWatch(pool)
  const load = startLoad(pool, workspaces, options.requestsPerSecond, failures)
  const createDelete = startCreateDeleteLoad({ pool, nameOf, session: options.session, failures })
  let steps: DrillStep[] = []
  let restored: DrillReport['restored'] = 'failed'
  let alive: string[] = []
  try {
    steps = await takeSteps({ pool, options, reason, load, createDelete, watch, failures })
  } catch (error) {
    failures.add('drill', error)
  } finally {
    restored = await putBack(pool, { reason, timeoutMs: options.timeoutMs, failures })
    if (restored === 'failed') void putBackBehind(pool, reason, options.timeoutMs)
    alive = await createDelete.stop()
    await load.stop()
    watch.stop()
  }
  const { counted, unacknowledged } = await countOf(pool, workspaces, failures)
  const made = load.made()
  const requests = {
    made,
    counted,
    lost: made - counted,
    unacknowledged,
    longestMs: load.longestMs(),
    p999Ms: load.p999Ms(),
  }
  const report = {
    requests,
    steps,
    dirtyPeak: watch.all(),
    creates: createDelete.creates(),
    deletes: createDelete.deletes(),
    restored,
  }
  return { alive, report }
}
