import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { GetOrCreateOptions } from '@sessionkeep/core'
import type { DrilledPool } from './drilled-pool.ts'
import type { Failures } from './failures.ts'
import type { CreateDeleteLoad } from './report.ts'

const PAUSE_MS = 100

interface Took {
  readonly ms: number
  readonly steady: boolean
}

export interface CreateDeleteOptions {
  readonly pool: DrilledPool
  /** The workspace of the session with that number. */
  readonly nameOf: (number: number) => string
  readonly session: GetOrCreateOptions
  readonly failures: Failures
}

/** One session after the other, made and deleted again, for as long as it runs. */
export function startCreateDeleteLoad({ pool, nameOf, session, failures }: CreateDeleteOptions) {
  const took = { create: [] as Took[], delete: [] as Took[] }
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
      took[verb].push({ ms: performance.now() - startedAt, steady: wasSteady && steady })
    } catch (error) {
      failures.add(verb, error)
    }
  }

  /** What cannot be deleted stays in `alive`, for whoever stops it. */
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
      // Stores that were let go would keep the record of a session that ends without them.
      if (wasDetached || !detached) await remove(workspace)
      await sleep(PAUSE_MS, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }
  const ended = run()

  return {
    /** From here on something is switched. */
    disturbed(): void {
      steady = false
    },
    /** The stores are let go now; resolves once no deletion is under way, as they would not hear of it. */
    async detach(): Promise<void> {
      detached = true
      await deleting
    },
    attach(): void {
      detached = false
    },
    creates: (): CreateDeleteLoad => summaryOf(took.create),
    deletes: (): CreateDeleteLoad => summaryOf(took.delete),
    /** Makes no more; gives the workspaces that are still there. */
    async stop(): Promise<string[]> {
      stopping.abort()
      await ended
      return [...alive]
    },
  }
}

function summaryOf(took: readonly Took[]): CreateDeleteLoad {
  const longest = (some: readonly Took[]) => some.reduce((most, { ms }) => Math.max(most, ms), 0)
  const longestSteadyMs = longest(took.filter(({ steady }) => steady))
  return {
    made: took.length,
    longestMs: longest(took),
    longestSteadyMs,
    waited: took.filter(({ ms, steady }) => !steady && ms > 2 * longestSteadyMs).length,
  }
}

export type RunningCreateDeleteLoad = ReturnType<typeof startCreateDeleteLoad>
