import type { HostSession } from '@sessionkeep/contracts/host'

/** Lets sessions that are stamped with, or made for, a former id of the pool count as sessions of the present id. */
export function createFormerStamps(formerly: readonly string[], owner: string) {
  const former = new Set(formerly)
  const renamed = (pool: string | undefined) => (pool !== undefined && former.has(pool) ? owner : pool)
  return (session: HostSession): HostSession =>
    former.size === 0 ? session : { ...session, pool: renamed(session.pool), madeFor: renamed(session.madeFor) }
}
