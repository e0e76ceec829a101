import type { Deadline } from './deadline.ts'
import { commandError } from './errors.ts'
import type { HostContext } from './host-context.ts'
import type { Reply } from './reply.ts'
import { STAMP_OPTION, type Stamp } from './stamp.ts'

/** The option by which a session without a stamp names its pane, from its first use on. */
export const PANE_OPTION = '@sessionkeep_pane'

/**
 * A format for the pane in which the launch script with this mark was started; empty when the script has ended
 * already.
 */
const paneOf = (mark: string): string => `#{W:#{P:#{?#{m:*${mark}*,#{pane_start_command}},#{pane_id},}}}`

/** Returns the commands that set the size of the window of a new session. */
export function preparePaneCommands(
  mark: string,
  { cols, rows }: { readonly cols?: number | undefined; readonly rows?: number | undefined },
): string[] {
  const resize = [cols === undefined ? '' : ` -x ${cols}`, rows === undefined ? '' : ` -y ${rows}`].join('')
  // resize-window fixes the size, whatever clients attach or detach.
  return resize === '' ? [] : [`resize-window -t '${paneOf(mark)}'${resize}`]
}

/**
 * Stamps a session and its pane. The stamp names both, and only the server gives them their ids, so that this takes a call
 * of its own. Does nothing if the session has ended.
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

/** Returns the command that records the first pane of a foreign session as its own. */
export function adoptPaneCommand(session: string, incarnation: string, pane: string): string {
  return `set-option -t '${session}:' ${PANE_OPTION} '1:${incarnation}:${pane}'`
}

/** Reads the pane that a session names as its own; undefined when it names none. */
export function parseSessionPane(text: string, incarnation: string): string | undefined {
  const [, of, pane] = /^1:(\d+\.\d+\.\$\d+):(%\d+)$/.exec(text) ?? []
  return of === incarnation ? pane : undefined
}
