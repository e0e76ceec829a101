import type { HostSession, SessionRef } from '../contracts/session-host.ts'

/** A key that is different for every session of a host, also over time. When the host has no incarnations, it is made of the name. */
export function identityOf({ sessionName, incarnation }: SessionRef): string {
  return incarnation === undefined ? `name ${sessionName}` : `incarnation ${incarnation}`
}

/** Whether a stamp proves that a pool created this session. Without one, or with one that says `takenIn`, the session may be somebody else's. */
export function isProvenOf(pool: string, session: Pick<HostSession, 'pool' | 'takenIn'>): boolean {
  return session.pool === pool && session.takenIn !== true
}
