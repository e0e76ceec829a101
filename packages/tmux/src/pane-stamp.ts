import type { Stamp } from './stamp.ts'

/**
 * What says which pane a session is. On the session it names the pane; on the pane it names the session and says whose it
 * is, so that the pane is found again when a person has moved it elsewhere.
 */
export const PANE_OPTION = '@sessionkeep_pane'

/** The pane that the launcher with this mark was started in, as a format; empty where it has ended already. */
const paneOf = (mark: string): string => `#{W:#{P:#{?#{m:*${mark}*,#{pane_start_command}},#{pane_id},}}}`

const INCARNATION = '#{pid}.#{start_time}.#{session_id}'

/** Commands, with formats in them, that stamp the session and the pane of this call and give the window its size. */
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
    // A window with a size of its own keeps it, whoever attaches to it or leaves.
    ...(resize === '' ? [] : [`resize-window -t '${pane}'${resize}`]),
  ]
}

/** Makes the first pane of a session that others started the one that it is. */
export function adoptPaneCommand(session: string, incarnation: string, pane: string): string {
  return `set-option -t '${session}:' ${PANE_OPTION} '1:${incarnation}:${pane}'`
}

/** The pane that a session names as its own; undefined where it names none. */
export function parseSessionPane(text: string, incarnation: string): string | undefined {
  const [, of, pane] = /^1:(\d+\.\d+\.\$\d+):(%\d+)$/.exec(text) ?? []
  return of === incarnation ? pane : undefined
}

export interface PaneStamp extends Stamp {
  readonly incarnation: string
  readonly sessionName: string
}

/** What a pane says of itself; undefined where it says nothing, or says it of another pane. Never throws. */
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
