import type { CodedError, Ended, Logger, SessionMetadata } from '@sessionkeep/contracts'
import { createEmitter, eventMessageOf, isObserved, publish } from '@sessionkeep/contracts/internal'
import type { StoreEvents } from '@sessionkeep/replication'
import type { EndedSession, ResumePlan } from '@sessionkeep/resume'
import type { SelectionLayer } from '@sessionkeep/selection/internal'
import type { SessionView } from './session.ts'

/** Why a session is no longer in the pool. */
export type EndReason = 'deleted' | 'idle' | 'gone' | 'recreated' | 'terminated'

/** What can change in the view of a living session, besides its name, its counts and its times. */
export type ChangedFact = 'attached' | 'pid' | 'foreground' | 'status' | 'attributes'

/** The events of a pool, by name, each with its payload. */
export interface PoolEvents<Attributes> extends StoreEvents {
  /** This pool created a session. */
  'session:created': { session: SessionView<Attributes> }
  /** A living session was found, and its stored record was taken over. */
  'session:recovered': { session: SessionView<Attributes> }
  /** A living session was found, and no stored record of this incarnation was taken over; `outcome` says why. */
  'session:adopted': { session: SessionView<Attributes>; outcome: 'adopted' | 'unverified' | 'recreated' }
  /** A session has another name on the host now. */
  'session:renamed': { session: SessionView<Attributes>; from: string }
  /**
   * The view of a living session has changed in `changed`: what the host says of it, its status or its attributes. What the host
   * says is compared at each poll. Counts and times change with every request, and are not reported.
   */
  'session:changed': { session: SessionView<Attributes>; changed: readonly ChangedFact[] }
  /**
   * A session ended by itself, was killed from outside, or was replaced by another incarnation. `session` is its final record; its `ended` says how it ended.
   * Also emitted for a session that ended while no pool ran, when the host still knows of it.
   */
  'session:gone': { session: SessionMetadata<Attributes>; reason: EndReason }
  /** The pool ended a session. `session` is its final record. */
  'session:deleted': { session: SessionMetadata<Attributes>; reason: EndReason }
  /**
   * A session has ended, for whatever cause. Also emitted for a session that ended while no pool ran. The pool emits
   * `session:gone` or `session:deleted` too, unless it knows of the session from its record alone.
   */
  'session:ended': { session: EndedSession<Attributes>; ended: Ended }
  /** An ended session was resumed. `previous` is the session that had ended; its `ended.interrupted` says that a request was cut off. */
  'session:resumed': { session: SessionView<Attributes>; previous: EndedSession<Attributes> }
  /** A session could not be resumed. Its record is as it was, but for its attempts. `parked`: no attempt is made any more unless it is asked for. */
  'session:resume-failed': { workspace: string; error: CodedError; nextAt: number; parked: boolean }
  /** Sessions were lost, and `pool.resume(plan)` would bring them back. Emitted if `resume.when` is `ask`. */
  'resume:offered': { plan: ResumePlan<Attributes> }
  /** Other stores are active now. `from` and `to` name the stores that take writes, or `memory` when there is none. */
  'store:switched': {
    from: readonly string[]
    to: readonly string[]
    layer: SelectionLayer
    reason: string | undefined
    epoch: number
  }
  /** The store that a layer selects could not be made active; the pool tries again. A rejected `switchStore` does not emit this event. */
  'store:switch-failed': { store: string; error: CodedError }
  /** The host does not answer. */
  'host:unavailable': { host: string; error: CodedError }
  /** The host answers again. */
  'host:available': { host: string }
}

/** The names of the pool's events. */
export type PoolEventName = keyof PoolEvents<unknown>

/** An event with its name, as listeners of `*` get it. */
export type AnyPoolEvent<Attributes> = {
  [Name in PoolEventName]: { readonly event: Name; readonly payload: PoolEvents<Attributes>[Name] }
}[PoolEventName]

/** What a listener of an event, or of `*`, is called with. */
type PayloadOf<Attributes, Name extends PoolEventName | '*'> = Name extends PoolEventName
  ? PoolEvents<Attributes>[Name]
  : AnyPoolEvent<Attributes>

/**
 * An event emitter that logs what a listener throws or rejects with, so that a listener cannot break the pool. Every event is
 * also published for diagnostics, with `pool` as the name of its pool.
 */
export function createEvents<Attributes>(logger: Logger, pool: string) {
  const emitter = createEmitter((event, error) => logger.error({ event, err: error }, 'A listener of the pool failed'))
  let isClosed = false

  return {
    /** Calls `listener` at each `event`, in the order of registration. Returns a function that removes it. */
    on: <Name extends PoolEventName | '*'>(
      event: Name,
      listener: (payload: PayloadOf<Attributes, Name>) => unknown,
    ): (() => void) => emitter.on(event, listener),
    /** Removes the latest registration of `listener`. Does nothing when there is none. */
    off: <Name extends PoolEventName | '*'>(
      event: Name,
      listener: (payload: PayloadOf<Attributes, Name>) => unknown,
    ): void => emitter.off(event, listener),
    /** Called when `stop()` has made its report. Calls that still run emit nothing from then on; the next pool finds what they would report. */
    close(): void {
      isClosed = true
    },
    /** Whether anybody listens, for events whose payload costs something. */
    isHeard: (event: PoolEventName): boolean => emitter.isHeard(event, '*') || isObserved.event(),
    emit<Name extends PoolEventName>(event: Name, payload: PoolEvents<Attributes>[Name]): void {
      if (isClosed) return
      emitter.emit(event, payload)
      emitter.emit('*', { event, payload })
      publish('event', () => eventMessageOf(pool, event, payload))
    },
  }
}

export type Events = ReturnType<typeof createEvents<unknown>>
