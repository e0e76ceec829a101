import type { SessionRef } from '../contracts/session-host.ts'

/** What tells one session of a host from all others, earlier and later; the name, where the host knows no incarnations. */
export function identityOf({ sessionName, incarnation }: SessionRef): string {
  return incarnation === undefined ? `name ${sessionName}` : `incarnation ${incarnation}`
}
