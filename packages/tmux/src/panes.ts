import { HostError } from '@sessionkeep/core'
import type { SessionRef } from '@sessionkeep/core/host'
import type { Deadline } from './deadline.ts'
import { commandError, sessionGone } from './errors.ts'
import type { HostContext } from './host-context.ts'
import { parseIncarnation } from './incarnation.ts'
import { newMark } from './mark.ts'
import { adoptPaneCommand } from './pane-stamp.ts'
import { provenGone } from './proven-gone.ts'
import { parseRows, rowFormat } from './rows.ts'
import { isPlainName } from './session-name.ts'

/** The one pane that is meant. Pane ids are never used again while their server lives. */
export interface PaneTarget {
  readonly sessionName: string
  readonly server: string
  /** Tmux's `$3`, of the session in which it was made. */
  readonly session: string
  readonly incarnation: string
  /** Tmux's `%5`. */
  readonly pane: string
}

/**
 * Which pane a session is. Rejects with `SESSION_GONE` for a session that is not there or whose pane has been closed, with
 * `HOST_UNAVAILABLE` where that is not known, and with `HOST_INVALID_NAME` for a name that needs an incarnation.
 */
export async function findPane(context: HostContext, ref: SessionRef, deadline: Deadline): Promise<PaneTarget> {
  const { sessionName, incarnation } = ref
  if (incarnation !== undefined) {
    const parsed = parseIncarnation(incarnation)
    if (!parsed) throw sessionGone(sessionName)
    const pane = context.panes.of(incarnation)
    if (pane !== undefined) return { sessionName, incarnation, pane, server: parsed.server, session: parsed.id }
  } else if (!isPlainName(sessionName)) {
    throw new HostError('HOST_INVALID_NAME', 'a session whose name is not plain can be meant by its incarnation only', {
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
  // A server that was just ending: whoever asks again learns whether there is one.
  if (reply.verdict === 'exited') reply = await client.tmux(args, { deadline, noStart: true })
  if (reply.verdict !== 'done') {
    const server = ref.incarnation === undefined ? undefined : parseIncarnation(ref.incarnation)?.server
    if (await provenGone(context, server, reply, deadline)) throw sessionGone(ref.sessionName)
    throw commandError('HOST_UNAVAILABLE', reply.facts)
  }
  const rows = parseRows(reply.stdout, mark)
  const [any] = rows
  if (any) await servers.meet(any.server, deadline)
  panes.keep(rows)
  const row = rows.find(({ session }) =>
    ref.incarnation === undefined ? session.sessionName === ref.sessionName : session.incarnation === ref.incarnation,
  )
  const parsed = parseIncarnation(row?.session.incarnation ?? '')
  if (!row?.pane || !parsed) throw sessionGone(ref.sessionName)
  const target = { sessionName: row.session.sessionName, incarnation: `${parsed.server}.${parsed.id}`, pane: row.pane }
  // From its first use on a session that others made is that pane, whatever panes are added or closed.
  if (!row.session.pool) {
    await client.tmux(['source-file', '-'], {
      deadline,
      noStart: true,
      input: `${adoptPaneCommand(parsed.id, target.incarnation, target.pane)}\n`,
    })
  }
  return { ...target, server: parsed.server, session: parsed.id }
}
