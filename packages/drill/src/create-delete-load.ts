import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { GetOrCreateOptions } from '@sessionkeep/core'
import type { DrilledPool } from './drilled-pool.ts'
import type { Failures } from './failures.ts'
import type { CreateDeleteLoad } from './report.ts'

/** The pause between two sessions, ms. */
const PAUSE_MS = 100

interface Measured {
  readonly ms: number
  readonly steady: boolean
}

/** Options of {@link startCreateDeleteLoad}. */
export interface CreateDeleteOptions {
  readonly pool: DrilledPool
  /** Returns the workspace of the session with this number. */
  readonly nameOf: (number: number) => string
  readonly session: GetOrCreateOptions
  readonly failures: Failures
}

/** Creates and deletes sessions, one after the other, until it is stopped. */
export function startCreateDeleteLoad({ pool, nameOf, session, failures }: CreateDeleteOptions) {
  const times = { create: [] as Measured[], delete: [] as Measured[] }
  const alive = new Set<string>()
  const stopping = new AbortController()
  let steady = true
  let detached = false
  let deleting: Promise<void> | undefined
  let number = 0

  const measured = async (verb: 'create' | 'delete', run: () => Promise<unknown>): Promise<void> => {
    const startedAt = performance.now()
    const wasSteady = steady
    try {
      await run()
      times[verb].push({ ms: performance.now() - startedAt, steady: wasSteady && steady })
    } catch (error) {
      failures.add(verb, error)
    }
  }

  /** Deletes a session. If that fails, the session stays in `alive`, and `stop()` returns it. */
  const remove = (workspace: string): Promise<void> => {
    deleting = measured('delete', async () => {
      await pool.deleteSession(workspace, { force: true })
      alive.delete(workspace)
    })
    return deleting
  }

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      for (const held of alive) if (!detached) await remove(held)
      number += 1
      const workspace = nameOf(number)
      const wasDetached = detached
      alive.add(workspace)
      await measured('create', () => pool.getOrCreateSession(workspace, session))
      // If a session were deleted while the stores are detached, its record would stay in them.
      if (wasDetached || !detached) await remove(workspace)
      await sleep(PAUSE_MS, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }
  const ended = run()

  return {
    /** Marks the following samples as disturbed by a switch. */
    markDisturbed(): void {
      steady = false
    },
    /**
     * Announces that the stores are about to be detached. Resolves when no deletion is running, since a detached store
     * would not get that deletion.
     */
    async detach(): Promise<void> {
      detached = true
      await deleting
    },
    attach(): void {
      detached = false
    },
    creates: (): CreateDeleteLoad => summaryOf(times.create),
    deletes: (): CreateDeleteLoad => summaryOf(times.delete),
    /** Stops, and returns the workspaces of the sessions that still exist. */
    async stop(): Promise<string[]> {
      stopping.abort()
      await ended
      return [...alive]
    },
  }
}

function summaryOf(times: readonly Measured[]): CreateDeleteLoad {
  const longest = (some: readonly Measured[]) => some.reduce((most, { ms }) => Math.max(most, ms), 0)
  const longestSteadyMs = longest(times.filter(({ steady }) => steady))
  return {
    made: times.length,
    longestMs: longest(times),
    longestSteadyMs,
    waited: times.filter(({ ms, steady }) => !steady && ms > 2 * longestSteadyMs).length,
  }
}

export type RunningCreateDeleteLoad = ReturnType<typeof startCreateDeleteLoad>
