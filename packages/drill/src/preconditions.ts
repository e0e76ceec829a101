import { PoolError } from '@sessionkeep/core'
import type { DrilledPool } from './drilled-pool.ts'
import type { ResolvedDrill } from './options.ts'

/** Throws where a drill could not put back what it finds, would take what is not its own, or would make a fault worse. */
export function assertMayDrill(pool: DrilledPool, { sessions, force }: ResolvedDrill): void {
  const { started, totalSessions, maxSessions } = pool.getStats()
  const { desired, effective, switching, failedSwitch } = pool.persistence()
  if (effective.reason === 'stopped') throw refused('the pool was stopped; create another one')
  if (!started) throw refused('the pool is not running; start() it first')
  if (desired.layer === 'runtime') {
    throw refused(`${desired.store} was put in force at run time, and could not be put back; switchStore('auto') first`)
  }
  if (switching) throw refused(`a switch to ${switching.store} is under way`)
  if (!force && effective.reason !== 'ok' && effective.reason !== 'off') {
    const { code } = failedSwitch?.error ?? {}
    throw refused(
      `persistence is ${effective.reason}${code ? ` (${code})` : ''}; mend that first, or pass force: true`,
      effective.reason,
    )
  }
  // Its own, and the one that comes and goes; the one before it may not have ended yet.
  const needed = sessions + 2
  if (totalSessions + needed > maxSessions) {
    throw new PoolError(
      'SESSION_LIMIT',
      `A drill of ${sessions} sessions needs ${needed} places, and the pool has ${maxSessions - totalSessions} left.`,
    )
  }
}

export function refused(why: string, reason?: string): PoolError {
  return new PoolError('DRILL_REFUSED', `No drill now: ${why}.`, { context: reason ? { reason } : {} })
}
