import { performance } from 'node:perf_hooks'
import { atMost } from '../../base/timeout.ts'
import { expireOrphans } from '../../discovery/orphans.ts'
import type { PoolCore } from '../../sessions/pool-core.ts'
import type { Entry } from '../../sessions/session.ts'
import { killAndEnd } from './delete-session.ts'
import type { Verbs } from './verbs.ts'

/** The most that `mayReap` may take, ms; a session it has no answer for in time is spared. */
const MAY_REAP_MS = 10_000

/** One round of cleaning: records whose time has passed are removed, and, where that is switched on, silent sessions ended. */
export function createCleanup({ core, queue, survey, look }: Verbs) {
  const reap = async (entry: Entry): Promise<void> => {
    // Asked outside of the queue: an answer that never comes holds up nobody.
    if (!(await mayReap(core, entry))) return
    await queue.run(entry.workspace, async () => {
      // Asked again at the last moment: a look at the host, a request or a client since then spares it.
      const { hostError } = await look()
      if (hostError || core.stopped || !isSilent(core, entry)) return
      await killAndEnd(core, entry, 'idle')
    })
  }

  return async (): Promise<void> => {
    if (core.options.role === 'observer') return
    const { hostError, reconciliation } = await survey({ full: true })
    // Whoever holds the lock has requests that this pool cannot see; ending and expiring is for that one.
    const locked = core.replicas.all().some((replica) => replica.state() === 'locked')
    if (hostError || core.stopped || locked) return
    const expired = expireOrphans(core, reconciliation.orphans)
    if (expired.length > 0)
      core.logger.info({ count: expired.length, names: expired.slice(0, 20) }, 'Expired records removed')
    await core.replicas.flush()
    if (core.options.inactivityTimeoutMs === 0) return
    for (const entry of core.memory.all()) {
      try {
        if (isSilent(core, entry)) await reap(entry)
      } catch (error) {
        core.logger.warn({ workspace: entry.workspace, err: error }, 'A silent session could not be ended')
      }
    }
  }
}

/**
 * Silent for long enough, by the monotonic clock of this run, to the pool and to the host; proven ours; nobody at work
 * or looking. A session left `active` by a gateway that died in the middle of a request counts as at work.
 */
function isSilent(core: PoolCore, entry: Entry): boolean {
  const silentMs = performance.now() - entry.silentSince
  const untouched = entry.activity.requests === entry.base + entry.delta && entry.activity.at === entry.lastActivityAt
  const quiet = silentMs >= core.options.inactivityTimeoutMs && untouched
  const free = isKnownIdle(core, entry) && entry.activeRequests === 0 && !entry.session.attached && !entry.ending
  return core.memory.has(entry) && entry.proven && quiet && free
}

/**
 * Whether somebody knows that it is not at work: this run, which saw its last request end, or the record of an earlier
 * one. What cannot be read, was drained in the middle of something, or was never recorded, may be at work.
 */
function isKnownIdle(core: PoolCore, entry: Entry): boolean {
  if (entry.ownStatus) return entry.ownStatus === 'idle'
  if (entry.outcome === 'created') return true
  return core.replicas.standing(entry).verified && entry.past?.status === 'idle'
}

async function mayReap(core: PoolCore, entry: Entry): Promise<boolean> {
  const { mayReap: ask } = core.options
  if (!ask) return true
  try {
    return (await atMost(MAY_REAP_MS, Promise.resolve(ask(core.view(entry))))) === true
  } catch (error) {
    core.logger.warn({ workspace: entry.workspace, err: error }, 'mayReap failed - the session is left alone')
    return false
  }
}
