import type { Deadline } from './deadline.ts'
import type { HostContext } from './host-context.ts'
import type { Reply } from './reply.ts'

/** Whether an answer proves that a session of `server` is not there. Rejects with `HOST_UNAVAILABLE` while its server lives unheard. */
export async function provenGone(
  { servers }: HostContext,
  server: string | undefined,
  { verdict }: Reply,
  deadline: Deadline,
): Promise<boolean> {
  if (verdict === 'no-place') servers.forgetAll()
  if (verdict === 'no-server') await servers.proveNone(deadline, server)
  return verdict === 'no-place' || verdict === 'no-server' || verdict === 'no-session'
}
