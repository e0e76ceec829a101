import type { Deadline } from './deadline.ts'
import { commandError } from './errors.ts'
import type { HostContext } from './host-context.ts'
import { parseIncarnation } from './incarnation.ts'
import type { Reply } from './reply.ts'
import { oneGroup } from './script.ts'
import { STAMP_OPTION, type Stamp } from './stamp.ts'

/**
 * Returns the commands that stamp a session in the same call that creates it, if the server gives it the ids of the stamp. The
 * first command fails otherwise, so that tmux skips the others. Nobody then sees a stamp for a session that this call did not
 * make, not even in the list of commands that `show-messages` prints. `mark` is in the start command of the pane.
 */
export function stampAtOnce(stamp: Stamp, text: string, mark: string): string[] {
  const { server, id } = parseIncarnation(stamp.incarnation) ?? {}
  const ids = both(`#{==:#{pid}.#{start_time},${server}}`, `#{==:#{session_id} #{pane_id},${id} ${stamp.pane}}`)
  const isOurs = both(ids, `#{m:*${mark}*,#{pane_start_command}}`)
  return [
    // tmux knows the first option and not the second.
    `show-options -s -t '${stamp.pane}' '#{?${isOurs},exit-unattached,${mark}}'`,
    ...setStamp(stamp, text),
    `display-message -p ${stampedMark(mark)}`,
  ]
}

/** What {@link stampAtOnce} prints once the session is stamped. */
export const stampedMark = (mark: string): string => `${mark}stamped`

const both = (a: string, b: string): string => `#{&&:${a},${b}}`

function setStamp({ incarnation, pane }: Stamp, text: string, flags = ''): string[] {
  const session = parseIncarnation(incarnation)?.id
  return [
    `set-option${flags} -t '${session}:' ${STAMP_OPTION} '${text}'`,
    `set-option -p -t '${pane}' ${STAMP_OPTION} '${text}'`,
  ]
}

/**
 * Stamps a session and its pane in a call of its own. The stamp contains their ids, which the server makes when it creates them.
 * Does nothing if the session has ended.
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
  const text = (await context.stamps()).textOf(stamp)
  const set = oneGroup(...setStamp(stamp, text, isFirst ? ' -o' : ''))
  const isThere = both(
    `#{==:#{pid}.#{start_time},${parseIncarnation(incarnation)?.server}}`,
    `#{==:#{pane_id},${pane}}`,
  )
  const script = `if-shell -F -t '${pane}' '${isThere}' { ${set} }\n`
  const reply = await context.client.tmux(['source-file', '-'], { deadline, noStart: true, input: script })
  if (reply.verdict !== 'done' && !hasEnded(reply) && !(isFirst && /already set/.test(reply.facts.stderr ?? '')))
    throw commandError('HOST_UNAVAILABLE', reply.facts, 'the session was not stamped')
}

const hasEnded = ({ verdict }: Reply): boolean => ['no-session', 'no-server', 'no-place', 'exited'].includes(verdict)
