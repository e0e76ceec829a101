import type { Deadline } from './deadline.ts'
import type { HostContext } from './host-context.ts'
import type { PaneTarget } from './panes.ts'
import { STAMP_OPTION } from './stamp.ts'

/** Whether a session has the pane of another stamped session, because a person moved that pane there. */
export async function hasGuests(
  context: HostContext,
  { server, session }: Pick<PaneTarget, 'server' | 'session'>,
  deadline: Deadline,
): Promise<boolean> {
  const format = `#{pid}.#{start_time} #{pane_id} #{${STAMP_OPTION}}`
  const args = ['list-panes', '-s', '-t', `${session}:`, '-F', format]
  const reply = await context.client.tmux(args, { deadline, noStart: true })
  if (reply.verdict !== 'done') return false
  const stamps = await context.stamps()
  return reply.stdout.split('\n').some((line) => {
    const [of, pane, text = ''] = line.split(' ')
    const stamp = of === server ? stamps.read(text) : undefined
    return stamp !== undefined && stamp.pane === pane && stamp.incarnation !== `${server}.${session}`
  })
}
