import type { EndCause, SessionMetadata } from '@sessionkeep/contracts'
import type { EndedSession } from '../../src/index.ts'

type Given = Partial<
  Pick<SessionMetadata<unknown>, 'attributes' | 'createdAt' | 'lastActivityAt' | 'place' | 'tries'>
> & {
  readonly cause?: EndCause
  readonly exitCode?: number
}

/** An ended session of a workspace; lost in a reboot unless `cause` says otherwise. */
export function ended(workspace: string, { cause = 'boot', exitCode, ...given }: Given = {}): EndedSession<unknown> {
  return {
    sessionName: `claude-${workspace}`,
    workspace,
    incarnation: `i-${workspace}`,
    createdAt: 1000,
    lastActivityAt: 2000,
    totalRequests: 3,
    status: 'idle',
    ended: { at: 5000, cause, ...(cause === 'exited' && exitCode !== undefined && { exitCode }) },
    ...given,
  }
}
