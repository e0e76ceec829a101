import { HostError } from '@sessionkeep/core'
import type { SessionRef } from '@sessionkeep/core/host'
import { parseIncarnation } from './incarnation.ts'
import { isPlainName } from './session-name.ts'

/** How tmux is told of a session, and of nothing else: a bare name would match by prefix and by pattern. */
export interface Target {
  readonly sessionName: string
  /** For commands that take a session. */
  readonly session: string
  /** For commands that take a pane: the active one. */
  readonly pane: string
  /** A format that is 1 if the target found is the one meant. */
  readonly isMeant: string
  /** The server of that incarnation. */
  readonly server?: string
}

/** Undefined if no session of any tmux can be meant. Throws `HOST_INVALID_NAME`. */
export function targetOf({ sessionName, incarnation }: SessionRef): Target | undefined {
  if (incarnation !== undefined) {
    const parsed = parseIncarnation(incarnation)
    if (!parsed) return undefined
    const { server, id } = parsed
    const isMeant = `#{==:#{pid}.#{start_time}.#{session_id},${incarnation}}`
    return { sessionName, session: id, pane: `${id}:`, isMeant, server }
  }
  if (!isPlainName(sessionName)) {
    throw new HostError('HOST_INVALID_NAME', 'a session whose name is not plain can be meant by its incarnation only', {
      context: { sessionName },
    })
  }
  const session = `=${sessionName}`
  return { sessionName, session, pane: `${session}:`, isMeant: `#{==:#{session_name},${sessionName}}` }
}
