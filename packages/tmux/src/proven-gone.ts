import type { Deadline } from './deadline.ts'
import type { HostContext } from './host-context.ts'
import type { Reply } from './reply.ts'

/**
 * Whether an answer proves that a session of `server` does not exist. Rejects with `HOST_UNAVAILABLE` while that
 * server runs without answering.
 */
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
