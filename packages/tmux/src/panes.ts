import type { SessionRef } from '@sessionkeep/contracts/host'
import { HostError } from '@sessionkeep/contracts/host'
import type { Deadline } from './deadline.ts'
import { commandError, sessionGone } from './errors.ts'
import type { HostContext } from './host-context.ts'
import { parseIncarnation } from './incarnation.ts'
import { newMark } from './mark.ts'
import { PANE_OPTION } from './pane-stamp.ts'
import { provenGone } from './proven-gone.ts'
import { parseRows, rowFormat } from './rows.ts'
import { isPlainName } from './session-name.ts'

/** Identifies one pane. tmux never reuses a pane id while its server lives. */
export interface PaneTarget {
  readonly sessionName: string
  readonly server: string
  /** The id of the session in which the pane was created, such as `$3`. */
  readonly session: string
  readonly incarnation: string
  /** The pane id of tmux, such as `%5`. */
  readonly pane: string
}

/**
 * Finds the pane of a session.
 *
 * @throws `SESSION_GONE` when the session does not exist or its pane has been closed, `HOST_UNAVAILABLE` when that
 * cannot be known, `HOST_INVALID_NAME` for a name that needs an incarnation
 */
export async function findPane(context: HostContext, ref: SessionRef, deadline: Deadline): Promise<PaneTarget> {
  const { sessionName, incarnation } = ref
  if (incarnation !== undefined) {
    const parsed = parseIncarnation(incarnation)
    if (!parsed) throw sessionGone(sessionName)
    const pane = context.panes.of(incarnation)
    if (pane !== undefined) return { sessionName, incarnation, pane, server: parsed.server, session: parsed.id }
  } else if (!isPlainName(sessionName)) {
    throw new HostError('HOST_INVALID_NAME', 'a session with such a name can be addressed only by its incarnation', {
      context: { sessionName },
    })
  }
  return lookUp(context, ref, deadline)
}

async function lookUp(context: HostContext, ref: SessionRef, deadline: Deadline): Promise<PaneTarget> {
  const { client, panes, servers } = context
  const mark = newMark()
  const args = ['list-panes', '-a', '-F', rowFormat(mark)]
  let reply = await client.tmux(args, { deadline, noStart: true })
  // The server was just ending. A second call shows whether there is a server now.
  if (reply.verdict === 'exited') reply = await client.tmux(args, { deadline, noStart: true })
  if (reply.verdict !== 'done') {
    const server = ref.incarnation === undefined ? undefined : parseIncarnation(ref.incarnation)?.server
    if (await provenGone(context, server, reply, deadline)) throw sessionGone(ref.sessionName)
    throw commandError('HOST_UNAVAILABLE', reply.facts)
  }
  const stamps = await context.stamps()
  const rows = parseRows(reply.stdout, mark, stamps)
  const [any] = rows
  if (any) await servers.noteAnswer(any.server, deadline)
  panes.replaceAll(rows)
  const row = rows.find(({ session }) =>
    ref.incarnation === undefined ? session.sessionName === ref.sessionName : session.incarnation === ref.incarnation,
  )
  const parsed = parseIncarnation(row?.session.incarnation ?? '')
  if (!row?.pane || !parsed) throw sessionGone(ref.sessionName)
  const target = { sessionName: row.session.sessionName, incarnation: `${parsed.server}.${parsed.id}`, pane: row.pane }
  // A session without a stamp has no pane of its own yet. It keeps this one from now on, whatever panes are added or closed.
  if (!row.session.pool) {
    await client.tmux(['source-file', '-'], {
      deadline,
      noStart: true,
      input: `set-option -t '${parsed.id}:' ${PANE_OPTION} '${stamps.paneTextOf(target.incarnation, target.pane)}'\n`,
    })
  }
  return { ...target, server: parsed.server, session: parsed.id }
}
