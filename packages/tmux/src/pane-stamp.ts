import type { Stamp } from './stamp.ts'

/**
 * The option that ties a session to its pane. Set on the session, it names the pane. Set on the pane, it names the
 * session and carries its stamp, so that the pane is found again after a user has moved it to another window or
 * session.
 */
export const PANE_OPTION = '@sessionkeep_pane'

/**
 * A format for the pane in which the launch script with this mark was started; empty when the script has ended
 * already.
 */
const paneOf = (mark: string): string => `#{W:#{P:#{?#{m:*${mark}*,#{pane_start_command}},#{pane_id},}}}`

const INCARNATION = '#{pid}.#{start_time}.#{session_id}'

/** Returns the commands that stamp the session and its pane and set the size of the window. */
export function stampPaneCommands(
  { pool, workspace, createdAt }: Stamp,
  sessionName: string,
  mark: string,
  size: { readonly cols?: number | undefined; readonly rows?: number | undefined },
): string[] {
  const pane = paneOf(mark)
  const content = Buffer.from(JSON.stringify([pool, workspace, createdAt, sessionName])).toString('base64url')
  const { cols, rows } = size
  const resize = [cols === undefined ? '' : ` -x ${cols}`, rows === undefined ? '' : ` -y ${rows}`].join('')
  return [
    `set-option -t '=${sessionName}:' ${PANE_OPTION} '1:${INCARNATION}:${pane}'`,
    `set-option -p -t '${pane}' ${PANE_OPTION} '1:${INCARNATION}:${pane}:${content}'`,
    `set-option -p -t '${pane}' remain-on-exit on`,
    // From tmux 3.3 on, a message would hide the last line of the screen.
    `set-option -p -q -t '${pane}' remain-on-exit-format ''`,
    `set-option -w -u -t '${pane}' remain-on-exit`,
    // resize-window fixes the size, whatever clients attach or detach.
    ...(resize === '' ? [] : [`resize-window -t '${pane}'${resize}`]),
  ]
}

/** Returns the command that records the first pane of a foreign session as its own. */
export function adoptPaneCommand(session: string, incarnation: string, pane: string): string {
  return `set-option -t '${session}:' ${PANE_OPTION} '1:${incarnation}:${pane}'`
}

/** Reads the pane that a session names as its own; undefined when it names none. */
export function parseSessionPane(text: string, incarnation: string): string | undefined {
  const [, of, pane] = /^1:(\d+\.\d+\.\$\d+):(%\d+)$/.exec(text) ?? []
  return of === incarnation ? pane : undefined
}

/** The stamp on a pane. */
export interface PaneStamp extends Stamp {
  readonly incarnation: string
  readonly sessionName: string
}

/** Reads the stamp of a pane; undefined when there is none, or it is of another pane. Never throws. */
export function parsePaneStamp(text: string, server: string, pane: string): PaneStamp | undefined {
  const [, incarnation = '', of, content = ''] = /^1:(\d+\.\d+\.\$\d+):(%\d+):([A-Za-z0-9_-]+)$/.exec(text) ?? []
  if (of !== pane || !incarnation.startsWith(`${server}.`)) return undefined
  try {
    const [pool, workspace, createdAt, sessionName]: unknown[] = JSON.parse(
      Buffer.from(content, 'base64url').toString(),
    )
    if (typeof pool !== 'string' || typeof workspace !== 'string' || typeof sessionName !== 'string') return undefined
    if (!Number.isSafeInteger(createdAt)) return undefined
    return { pool, workspace, createdAt: Number(createdAt), incarnation, sessionName }
  } catch {
    return undefined
  }
}
