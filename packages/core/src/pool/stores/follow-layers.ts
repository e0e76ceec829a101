import type { Clock, CodedError, Logger } from '@sessionkeep/contracts'
import { backoffMs, createLogLimiter } from '@sessionkeep/contracts/internal'
import type { Switcher, SwitchTarget } from '@sessionkeep/replication'
import { isOffByName, nameOfChoice, type SelectionLayers } from '@sessionkeep/selection/internal'
import type { Events } from '../../sessions/events.ts'

/** A desired store that could not be made active. The pool tries again. */
export interface FailedSwitch {
  /** The name of the store that failed: one of those that are desired. */
  readonly store: string
  /** Why the last attempt failed. */
  readonly error: CodedError
  /** When the first attempt failed, ms since the epoch. */
  readonly since: number
  /** The number of attempts so far. */
  readonly attempts: number
}

/** How long a new store may take to get ready, ms. After that the attempt counts as failed. */
const FOLLOW_TIMEOUT_MS = 10_000
const FIRST_RETRY_MS = 200

export interface FollowOptions {
  readonly layers: SelectionLayers
  readonly switcher: Switcher
  /** The desired selection at the time of the call. */
  readonly target: () => SwitchTarget
  /** Resolves, once the start has finished, to whether it succeeded. */
  readonly hasStarted: () => Promise<boolean>
  readonly isStopped: () => boolean
  /** The longest pause between attempts, ms. */
  readonly maxRetryMs: number
  readonly clock: Clock
  readonly logger: Logger
  readonly events: Events
  /** Publishes the selection for diagnostics. */
  readonly publishSelection: () => void
}

/** Switches the stores when the flag or the file selects other ones. A switch that fails is tried again until it succeeds or is no longer desired. */
export function followLayers(options: FollowOptions) {
  const { layers, switcher, target, hasStarted, isStopped, maxRetryMs, clock, logger, events, publishSelection } =
    options
  const failureLog = createLogLimiter({ clock })
  let failed: FailedSwitch | undefined
  let cancelRetry = (): void => undefined

  const clear = (): void => {
    cancelRetry()
    failed = undefined
    failureLog.ended()
  }

  const follow = (): void => {
    cancelRetry()
    if (isStopped()) return
    const { store, layer } = layers.desired()
    // A rollback by a call has no standby, so a change of the layers below it changes nothing.
    if (layer === 'runtime' && isOffByName(store)) return
    if (isOffByName(store)) {
      clear()
      switcher.rollBack(target())
      return
    }
    const signal = switcher.signal()
    const change = async (): Promise<void> => {
      // After a failed start there is nothing to switch; the next start uses the new selection.
      if (!(await hasStarted())) return
      await switcher.change({ target, timeoutMs: FOLLOW_TIMEOUT_MS }, signal)
      clear()
    }
    change().catch((error: CodedError) => retry(error))
  }

  const retry = (error: CodedError): void => {
    if (isStopped() || error.code === 'SWITCH_SUPERSEDED') return
    const { store: label } = error.context ?? {}
    const store = typeof label === 'string' ? label : nameOfChoice(layers.desired().store)
    failed = { store, error, since: failed?.since ?? clock.date(), attempts: (failed?.attempts ?? 0) + 1 }
    const logged = failureLog.happened()
    const fields = { store, code: error.code, err: error, ...(logged === 'first' ? {} : logged) }
    if (logged) logger.warn(fields, 'The selected store cannot be used - keeping the present stores and trying again')
    if (logged === 'first') events.emit('store:switch-failed', { store, error })
    // Of two switches that ran one after the other both may have failed, and only one retry may be pending.
    cancelRetry()
    const pause = { minMs: Math.min(FIRST_RETRY_MS, maxRetryMs), maxMs: maxRetryMs }
    cancelRetry = clock.after(backoffMs(failed.attempts, pause), follow)
  }

  layers.onChange(() => {
    publishSelection()
    follow()
  })
  return {
    /** The desired store that cannot be made active now; undefined when there is none. */
    failed: (): FailedSwitch | undefined => failed,
    /** Forgets a failed switch, because a call has selected something else. */
    clear,
    stop: clear,
  }
}
