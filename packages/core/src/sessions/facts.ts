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

/** The facts of one session that are computed when they are read. Printing them shows nothing of the session. */
class Present implements PresentFacts {
  readonly #session: Session
  readonly #sources: FactSources

  constructor(session: Session, sources: FactSources) {
    this.#session = session
    this.#sources = sources
  }

  get exited(): boolean {
    const { table, hasEnded } = this.#sources
    return !table.has(this.#session) || hasEnded(this.#session.hosted)
  }

  get silenceMs(): number | undefined {
    const { lastActivityAt } = this.#session.hosted
    return lastActivityAt === undefined ? undefined : Math.max(0, this.#sources.clock.date() - lastActivityAt)
  }
}

/** The key under which a view has its {@link Present}. Copies with a spread, listings of keys and JSON leave it out. */
const PRESENT = Symbol('present')

interface WithPresent {
  readonly [PRESENT]: PresentFacts
}

/** All views have these two getters. With getters of its own, each view would have a shape of its own, which takes more memory than the view. */
const GETTERS = {
  exited: {
    enumerable: true,
    get(this: WithPresent) {
      return this[PRESENT].exited
    },
  },
  silenceMs: {
    enumerable: true,
    get(this: WithPresent) {
      return this[PRESENT].silenceMs
    },
  },
} as const

/** Gives a view of a session the facts that are computed when they are read. */
export function withPresentFacts<View extends object>(
  view: View,
  session: Session,
  sources: FactSources,
): View & PresentFacts {
  Object.defineProperty(view, PRESENT, { value: new Present(session, sources) })
  return Object.defineProperties(view, GETTERS) as View & PresentFacts
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
