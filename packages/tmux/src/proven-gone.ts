import type { Deadline } from './deadline.ts'
import type { HostContext } from './host-context.ts'
import type { Reply } from './reply.ts'
import type { Target } from './target.ts'

/** Whether an answer proves that the session is not there. Rejects with `HOST_UNAVAILABLE` while its server lives unheard. */
export async function provenGone(
  { servers }: HostContext,
  target: Target,
  { verdict }: Reply,
  deadline: Deadline,
): Promise<boolean> {
  if (verdict === 'no-place') servers.forgetAll()
  if (verdict === 'no-server') await servers.proveNone(deadline, target.server)
  return verdict === 'no-place' || verdict === 'no-server' || verdict === 'no-session'
}
