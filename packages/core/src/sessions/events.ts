import { EventEmitter } from 'node:events'
import type { Logger } from '../contracts/logger.ts'
import type { CodedError } from '../errors/coded-error.ts'
import type { SessionMetadata } from '../record/session-metadata.ts'
import type { StoreEvents } from '../replication/ports.ts'
import type { SelectionLayer } from '../selection/selection.ts'
import type { SessionView } from './session.ts'

/** Why a session is no longer in the pool. */
export type EndReason = 'deleted' | 'idle' | 'gone' | 'recreated' | 'terminated'

/** What `pool.on()` tells, by event name. */
export interface PoolEvents<Attributes> extends StoreEvents {
  'session:created': { session: SessionView<Attributes> }
  'session:recovered': { session: SessionView<Attributes> }
  'session:adopted': { session: SessionView<Attributes>; outcome: 'adopted' | 'unverified' | 'recreated' }
  'session:renamed': { session: SessionView<Attributes>; from: string }
  /** It ended by itself, was killed from outside, or another incarnation has its name. With its final record. */
  'session:gone': { session: SessionMetadata<Attributes>; reason: EndReason }
  /** The pool ended it. With its final record. */
  'session:deleted': { session: SessionMetadata<Attributes>; reason: EndReason }
  /** Other stores are in force. `from` and `to`: those that take writes; `memory` where none does. */
  'store:switched': {
    from: readonly string[]
    to: readonly string[]
    layer: SelectionLayer
    reason: string | undefined
    epoch: number
  }
  /** What a layer wants could not be put in force; it is tried again. A rejected `switchStore` is not told here. */
  'store:switch-failed': { store: string; error: CodedError }
  'host:unavailable': { host: string; error: CodedError }
  'host:available': { host: string }
}

/** The names of the pool's events. */
export type PoolEventName = keyof PoolEvents<unknown>

interface Registration {
  readonly event: string
  readonly listener: unknown
  readonly guarded: (payload: unknown) => void
}

/** An emitter whose listeners cannot hurt the pool: what one throws or rejects is logged. */
export function createEvents<Attributes>(logger: Logger) {
  const emitter = new EventEmitter()
  const registrations: Registration[] = []
  const report = (event: string, error: unknown) => logger.error({ event, err: error }, 'A listener of the pool failed')

  const remove = (registered: Registration): void => {
    const at = registrations.indexOf(registered)
    if (at < 0) return
    registrations.splice(at, 1)
    emitter.off(registered.event, registered.guarded)
  }

  return {
    /** Calls `listener` at each `event`, in the order of registration. Gives a function that removes it. */
    on<Name extends PoolEventName>(
      event: Name,
      listener: (payload: PoolEvents<Attributes>[Name]) => unknown,
    ): () => void {
      const guarded = (payload: unknown) => {
        try {
          const result = listener(payload as PoolEvents<Attributes>[Name])
          if (result instanceof Promise) result.catch((error: unknown) => report(event, error))
        } catch (error) {
          report(event, error)
        }
      }
      const registered = { event, listener, guarded }
      registrations.push(registered)
      emitter.on(event, guarded)
      return () => remove(registered)
    },
    /** Removes one registration of `listener`, the latest; one that is not there is no error. */
    off<Name extends PoolEventName>(event: Name, listener: (payload: PoolEvents<Attributes>[Name]) => unknown): void {
      const registered = registrations.findLast((one) => one.event === event && one.listener === listener)
      if (registered) remove(registered)
    },
    emit<Name extends PoolEventName>(event: Name, payload: PoolEvents<Attributes>[Name]): void {
      emitter.emit(event, payload)
    },
  }
}

export type Events = ReturnType<typeof createEvents<unknown>>
