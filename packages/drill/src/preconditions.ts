import { PoolError } from '@sessionkeep/core'
import type { DrilledPool } from './drilled-pool.ts'
import type { ResolvedDrill } from './options.ts'

/**
 * Throws if the drill could not restore the selection, would leave too little room for other sessions, or would make a
 * fault worse.
 *
 * @throws `DRILL_REFUSED`, `SESSION_LIMIT`
 */
export function assertPreconditions(pool: DrilledPool, { sessions, force }: ResolvedDrill): void {
  const { started, totalSessions, maxSessions } = pool.getStats()
  const { desired, effective, switching, failedSwitch } = pool.persistence()
  if (effective.reason === 'stopped') throw refused('the pool was stopped; create another one')
  if (!started) throw refused('the pool is not running; start() it first')
  if (desired.layer === 'runtime') {
    throw refused(`${desired.store} was selected at run time, and could not be restored; switchStore('auto') first`)
  }
  if (switching) throw refused(`a switch to ${switching.store} is running`)
  if (!force && effective.reason !== 'ok' && effective.reason !== 'off') {
    const { code } = failedSwitch?.error ?? {}
    throw refused(
      `persistence is ${effective.reason}${code ? ` (${code})` : ''}; repair that first, or pass force: true`,
      effective.reason,
    )
  }
  // The drill needs room for two more than `sessions`: the session that is created and deleted again and again, and the
  // one before it, which may not have ended yet.
  const needed = sessions + 2
  if (totalSessions + needed > maxSessions) {
    throw new PoolError(
      'SESSION_LIMIT',
      `A drill of ${sessions} sessions needs ${needed} places, and the pool has ${maxSessions - totalSessions} free.`,
    )
  }
}

/** The error of a drill that cannot start. */
export function refused(why: string, reason?: string): PoolError {
  return new PoolError('DRILL_REFUSED', `No drill now: ${why}.`, { context: reason ? { reason } : {} })
}
