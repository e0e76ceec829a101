import type { Clock } from '@sessionkeep/contracts'
import { backoffMs, waitAtMost } from '@sessionkeep/contracts/internal'
import type { createConnection } from './connection.ts'
import type { Slots } from './slots.ts'

/** The pauses between attempts on a store that is about to be closed, ms. There is little time, and nobody else waits. */
const PAUSES = { minMs: 100, maxMs: 1000 }

/** With these errors a store does not work again by itself. */
const NEEDS_A_PERSON: ReadonlySet<string | undefined> = new Set(['STORE_MISCONFIGURED', 'STORE_LOCK_UNAVAILABLE'])

/** In these states a store may soon be attached. */
const PENDING: ReadonlySet<string> = new Set(['locked', 'joining'])

/** The parameters of {@link writeTheRest}. */
export interface LastWritesOptions {
  readonly connection: Pick<ReturnType<typeof createConnection>, 'state' | 'error' | 'retryNow'>
  readonly slots: Slots
  readonly clock: Clock
  /** Writes all dirty names. Fulfils after the attempt, also if it failed. */
  readonly flush: () => Promise<void>
  /** How long the attempts may take, ms. */
  readonly timeoutMs: number
  /** Whether another attempt is worth its time. */
  readonly isWanted: () => boolean
}

/**
 * Writes the dirty names of a store before it is detached. A store that fails gets at least one attempt, and more until the
 * time is over, everything is written, or the failure cannot pass. As long as `isWanted()`, a store that is locked is tried in
 * the same way, since the other gateway may be stopping too, and a store that is being attached is waited for.
 */
export async function writeTheRest(options: LastWritesOptions): Promise<void> {
  const { connection, slots, clock, flush, timeoutMs, isWanted } = options
  const until = clock.now() + timeoutMs
  const leftMs = () => Math.max(1, until - clock.now())
  for (let attempt = 1; ; attempt += 1) {
    if (connection.state() === 'degraded' || (PENDING.has(connection.state()) && isWanted()))
      await waitAtMost(leftMs(), connection.retryNow(), clock)
    // Urgent names do not wait for the pause after a failure of their own.
    for (const name of slots.failing()) slots.markUrgent(name)
    if (connection.state() === 'attached') await waitAtMost(leftMs(), flush(), clock)
    const pauseMs = backoffMs(attempt, PAUSES)
    if (!isWanted() || !mayPass(connection, slots) || leftMs() <= pauseMs) return
    await waitAtMost(pauseMs, new Promise(() => undefined), clock)
  }
}

/** Whether the store, or a name in it, fails in a way that can pass. */
function mayPass({ state, error }: LastWritesOptions['connection'], slots: Slots): boolean {
  // A store that is read-only now may be a server in the middle of a failover.
  if (state() === 'degraded') return !NEEDS_A_PERSON.has(error()?.code)
  if (state() !== 'attached') return PENDING.has(state())
  return [...slots.failing()].some((name) => slots.dirty().has(name) && slots.get(name).failure?.error.retryable)
}
