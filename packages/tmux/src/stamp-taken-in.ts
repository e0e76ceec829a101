import type { SessionRef, SessionStamp } from '@sessionkeep/contracts/host'
import { sessionGone } from './errors.ts'
import type { HostContext } from './host-context.ts'
import { list } from './list.ts'
import { writeStamp } from './write-stamp.ts'

/** Stamps a session that was taken in, unless it has a stamp already, valid or not. */
export async function stampTakenIn(
  context: HostContext,
  ref: SessionRef,
  { pool, workspace }: SessionStamp,
): Promise<void> {
  const deadline = context.newDeadline()
  const session = (await list(context)).find(({ sessionName, incarnation }) =>
    ref.incarnation === undefined ? sessionName === ref.sessionName : incarnation === ref.incarnation,
  )
  const pane = session?.incarnation === undefined ? undefined : context.panes.of(session.incarnation)
  if (session?.incarnation === undefined || pane === undefined) throw sessionGone(ref.sessionName)
  if (session.pool !== undefined) return
  const { sessionName, incarnation, createdAt = Date.now() } = session
  await writeStamp(
    context,
    { incarnation, pane, sessionName, pool, workspace, createdAt, takenIn: true },
    deadline,
    true,
  )
}
