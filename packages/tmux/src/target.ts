import type { SessionRef } from '@sessionkeep/contracts/host'
import { HostError } from '@sessionkeep/contracts/host'
import { parseIncarnation } from './incarnation.ts'
import { isPlainName } from './session-name.ts'

/**
 * Addresses exactly one session. A bare name is not enough, because tmux would also match it as a prefix or a
 * pattern.
 */
export interface Target {
  readonly sessionName: string
  /** The target for commands that take a session. */
  readonly session: string
  /** The target for commands that take a pane; it means the active pane. */
  readonly pane: string
  /** A format that yields 1 when the session found is the one addressed. */
  readonly isTarget: string
  /** The server that the incarnation names. */
  readonly server?: string
}

/**
 * Undefined when no tmux session can have this incarnation.
 *
 * @throws `HOST_INVALID_NAME` for a name without incarnation that tmux could misread
 */
export function targetOf({ sessionName, incarnation }: SessionRef): Target | undefined {
  if (incarnation !== undefined) {
    const parsed = parseIncarnation(incarnation)
    if (!parsed) return undefined
    const { server, id } = parsed
    const isTarget = `#{==:#{pid}.#{start_time}.#{session_id},${incarnation}}`
    return { sessionName, session: id, pane: `${id}:`, isTarget, server }
  }
  if (!isPlainName(sessionName)) {
    throw new HostError('HOST_INVALID_NAME', 'a session with such a name can be addressed only by its incarnation', {
      context: { sessionName },
    })
  }
  const session = `=${sessionName}`
  return { sessionName, session, pane: `${session}:`, isTarget: `#{==:#{session_name},${sessionName}}` }
}
