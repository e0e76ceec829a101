import type { Clock } from '@sessionkeep/contracts'
import type { HostSession } from '@sessionkeep/contracts/host'
import type { ChangedFact } from './events.ts'
import { lastActivityOf, type Session, type SessionFacts } from './session.ts'
import type { SessionTable } from './session-table.ts'

/** The facts of a session that are computed when they are read, because they change without a call. */
export type PresentFacts = Pick<SessionFacts, 'exited' | 'silenceMs'>

/** What the facts are made from. */
export interface FactSources {
  readonly table: SessionTable
  readonly clock: Clock
  /** Whether the silence of a session that is found began with its last activity, and not with this run. */
  readonly countsSilenceOverRestarts: boolean
  /** Whether the host knows, without a call, that a session has ended. */
  readonly hasEnded: (hosted: HostSession) => boolean
}

/** Makes the getters of a session's view. */
export function presentFacts(session: Session, { table, clock, hasEnded }: FactSources): PresentFacts {
  return {
    get exited() {
      return !table.has(session) || hasEnded(session.hosted)
    },
    get silenceMs() {
      const { lastActivityAt } = session.hosted
      return lastActivityAt === undefined ? undefined : Math.max(0, clock.date() - lastActivityAt)
    },
  }
}

/** When the present silence began, in monotonic ms. Times of earlier runs are known only by the clock of the machine. */
export function silentSince(
  session: Session,
  hosted: HostSession,
  { clock, countsSilenceOverRestarts }: Omit<FactSources, 'table' | 'hasEnded'>,
): number {
  if (!countsSilenceOverRestarts) return clock.now()
  const lastAt = Math.max(lastActivityOf(session), hosted.lastActivityAt ?? 0)
  return clock.now() - Math.max(0, clock.date() - lastAt)
}

/** What differs between two reports of the host on one session. */
export function changedFacts(before: HostSession, now: HostSession): ChangedFact[] {
  const isAttachedChanged = (before.attached === true) !== (now.attached === true)
  const others = (['pid', 'foreground'] as const).filter((fact) => before[fact] !== now[fact])
  return [...(isAttachedChanged ? (['attached'] as const) : []), ...others]
}
