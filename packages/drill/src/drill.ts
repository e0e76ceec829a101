import { randomUUID } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import type { SessionPool } from '@sessionkeep/core'
import { startCreateDeleteLoad } from './create-delete-load.ts'
import type { DrilledPool } from './drilled-pool.ts'
import { createFailures, type Failures } from './failures.ts'
import { type DrillOptions, type ResolvedDrill, resolveDrill } from './options.ts'
import { countOf, createSessions, deleteSessions } from './own-sessions.ts'
import { assertPreconditions, refused } from './preconditions.ts'
import type { DrillReport, DrillStep } from './report.ts'
import { startLoad } from './request-load.ts'
import { restore, restoreInBackground } from './restore.ts'
import { runSteps } from './steps.ts'
import { startWatch, untilCaughtUp } from './watch.ts'

const running = new WeakSet<object>()

/**
 * Detaches the stores of a running pool on purpose, attaches them again, and switches to others, all under load. It
 * reports what that cost. It works with sessions of its own (workspaces `drill-<random>-<n>`) and deletes them at the
 * end. All other sessions are served and counted as usual. If the process is killed while the stores are detached, what
 * was counted since then is lost. The stores that the drill switches to keep the records that they were given.
 *
 * If a step fails, for example because a store cannot be opened, that is reported, and the pool returns to the
 * selection of its layers.
 *
 * @throws `CONFIG_INVALID`, `DRILL_REFUSED` or `SESSION_LIMIT` before anything was changed; the error of a session that
 * could not be created, or the reason of an aborted `signal`, after everything was restored
 *
 * @example
 * const report = await drill(pool, { session: { command: 'sleep 600' } })
 * console.log(formatDrill(report))
 */
export async function drill<Attributes>(
  pool: SessionPool<Attributes>,
  options: DrillOptions = {},
): Promise<DrillReport> {
  const resolved = resolveDrill(options)
  resolved.signal?.throwIfAborted()
  if (running.has(pool)) throw refused('another drill is running')
  assertPreconditions(pool, resolved)
  running.add(pool)
  try {
    const report = await runDrill(pool, resolved)
    resolved.signal?.throwIfAborted()
    return report
  } finally {
    running.delete(pool)
  }
}

async function runDrill(pool: DrilledPool, options: ResolvedDrill): Promise<DrillReport> {
  const { sessions, session, signal, timeoutMs } = options
  const startedAt = performance.now()
  const id = randomUUID().slice(0, 8)
  const nameOf = (number: number): string => `drill-${id}-${number}`
  const workspaces = Array.from({ length: sessions }, (_, at) => nameOf(at + 1))
  const failures = createFailures()
  try {
    await createSessions(pool, workspaces, session, signal)
  } catch (error) {
    await deleteSessions(pool, workspaces, failures)
    throw error
  }
  const ran = await run(pool, options, {
    workspaces,
    nameOf: (at) => nameOf(sessions + at),
    reason: `drill ${id}`,
    failures,
  })
  const notDeleted = await deleteSessions(pool, [...workspaces, ...ran.alive], failures)
  if (ran.report.restored === 'yes') await untilCaughtUp(pool, timeoutMs)
  const errors = failures.all()
  const isWell = errors.length === 0 && notDeleted.length === 0 && ran.report.restored === 'yes'
  const { lost, unacknowledged } = ran.report.requests
  const isWhole =
    lost === 0 && unacknowledged === 0 && ran.report.steps.every(({ catchUpMs }) => catchUpMs !== undefined)
  return { ok: isWell && isWhole, durationMs: performance.now() - startedAt, ...ran.report, notDeleted, errors }
}

/** The names and the failures of one run. */
interface DrillRun {
  readonly workspaces: readonly string[]
  readonly nameOf: (number: number) => string
  readonly reason: string
  readonly failures: Failures
}

/**
 * Runs the steps under load, restores the selection, and returns the figures and the sessions that were not deleted.
 */
async function run(pool: DrilledPool, options: ResolvedDrill, { workspaces, nameOf, reason, failures }: DrillRun) {
  const watch = startWatch(pool)
  const load = startLoad(pool, workspaces, options.requestsPerSecond, failures)
  const createDelete = startCreateDeleteLoad({ pool, nameOf, session: options.session, failures })
  let steps: DrillStep[] = []
  let restored: DrillReport['restored'] = 'failed'
  let alive: string[] = []
  try {
    steps = await runSteps({ pool, options, reason, load, createDelete, watch, failures })
  } catch (error) {
    failures.add('drill', error)
  } finally {
    restored = await restore(pool, { reason, timeoutMs: options.timeoutMs, failures })
    if (restored === 'failed') void restoreInBackground(pool, reason, options.timeoutMs)
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
