import type { Deadline } from './deadline.ts'
import { commandError } from './errors.ts'
import type { HostContext } from './host-context.ts'
import type { Reply } from './reply.ts'
import { STAMP_OPTION, type Stamp } from './stamp.ts'

/**
 * Stamps a session and its pane. The stamp contains their ids, which the server makes when it creates them, so stamping takes
 * a second call. Does nothing if the session has ended.
 *
 * @param isFirst - Whether a session that has the option already is left as it is.
 */
export async function writeStamp(
  context: HostContext,
  stamp: Stamp,
  deadline: Deadline,
  isFirst = false,
): Promise<void> {
  const { incarnation, pane } = stamp
  const [, server, session] = /^(\d+\.\d+)\.(\$\d+)$/.exec(incarnation) ?? []
  const text = (await context.stamps()).textOf(stamp)
  const set = `set-option${isFirst ? ' -o' : ''} -t '${session}:' ${STAMP_OPTION} '${text}'`
  const isThere = `#{&&:#{==:#{pid}.#{start_time},${server}},#{==:#{pane_id},${pane}}}`
  const script = `if-shell -F -t '${pane}' '${isThere}' { ${set} ; set-option -p -t '${pane}' ${STAMP_OPTION} '${text}' }\n`
  const reply = await context.client.tmux(['source-file', '-'], { deadline, noStart: true, input: script })
  if (reply.verdict !== 'done' && !hasEnded(reply) && !(isFirst && /already set/.test(reply.facts.stderr ?? '')))
    throw commandError('HOST_UNAVAILABLE', reply.facts, 'the session was not stamped')
}

const hasEnded = ({ verdict }: Reply): boolean => ['no-session', 'no-server', 'no-place', 'exited'].includes(verdict)
