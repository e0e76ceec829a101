import type { Deadline } from './deadline.ts'
import type { HostContext } from './host-context.ts'
import type { PaneTarget } from './panes.ts'
import { STAMP_OPTION } from './stamp.ts'

/**
 * Whether a session has panes that must stay when it ends. These are the pane of another stamped session, if a person has moved it
 * there, and panes that a person has added, but these only if the session's own pane is closed already.
 */
export async function hasGuests(
  context: HostContext,
  { server, session, pane: own }: Pick<PaneTarget, 'server' | 'session'> & { readonly pane: string | undefined },
  deadline: Deadline,
): Promise<boolean> {
  const format = `#{pid}.#{start_time} #{pane_id} #{pane_dead} #{${STAMP_OPTION}}`
  const args = ['list-panes', '-s', '-t', `${session}:`, '-F', format]
  const reply = await context.client.tmux(args, { deadline, noStart: true })
  if (reply.verdict !== 'done') return false
  const stamps = await context.stamps()
  const rows = reply.stdout.split('\n').map((line) => line.split(' '))
  const isClosed = !rows.some(([of, pane]) => of === server && pane === own)
  return rows.some(([of, pane, dead, text = '']) => {
    if (of !== server) return false
    const stamp = stamps.read(text)
    const isOfAnother = stamp?.pane === pane && stamp?.incarnation !== `${server}.${session}`
    return isOfAnother || (isClosed && dead === '0')
  })
}
