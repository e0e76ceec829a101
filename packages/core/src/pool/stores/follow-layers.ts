import { backoffMs } from '../../base/backoff.ts'
import type { Clock } from '../../base/clock.ts'
import { createLogLimiter } from '../../base/log-limiter.ts'
import type { Logger } from '../../contracts/logger.ts'
import type { CodedError } from '../../errors/coded-error.ts'
import type { Switcher } from '../../replication/switch.ts'
import type { SwitchTarget } from '../../replication/switch-types.ts'
import { isOffByName, nameOfChoice } from '../../selection/selection.ts'
import type { SelectionLayers } from '../../selection/selection-layers.ts'
import type { Events } from '../../sessions/events.ts'

/** What a layer wants, could not be made active, and is tried again. */
export interface FailedSwitch {
  readonly store: string
  readonly error: CodedError
  /** ms since the epoch. */
  readonly since: number
  readonly attempts: number
}

/** How long a store that a layer wants may take to be ready, ms; then it is tried again. */
const FOLLOW_TIMEOUT_MS = 10_000
const FIRST_RETRY_MS = 200

export interface FollowOptions {
  readonly layers: SelectionLayers
  readonly switcher: Switcher
  /** What the layers want now. */
  readonly target: () => SwitchTarget
  /** Whether the stores of the start are active; settles once that is known. */
  readonly hasStarted: () => Promise<boolean>
  readonly isStopped: () => boolean
  /** The longest pause between attempts, ms. */
  readonly maxRetryMs: number
  readonly clock: Clock
  readonly logger: Logger
  readonly events: Events
}

/** Makes active what a layer wants that changes by itself, and tries again for ever what cannot be had. */
export function followLayers(options: FollowOptions) {
  const { layers, switcher, target, hasStarted, isStopped, maxRetryMs, clock, logger, events } = options
  const failing = createLogLimiter({ clock })
  let failed: FailedSwitch | undefined
  let cancelRetry = (): void => undefined

  const clear = (): void => {
    cancelRetry()
    failed = undefined
    failing.ended()
  }

  const follow = (): void => {
    cancelRetry()
    if (isStopped()) return
    const { store, layer } = layers.desired()
    // A rollback by a call stands, and has nothing beside it that could change with the layers below.
    if (layer === 'runtime' && isOffByName(store)) return
    if (isOffByName(store)) {
      clear()
      switcher.rollBack(target())
      return
    }
    const signal = switcher.signal()
    const change = async (): Promise<void> => {
      // What a start that failed leaves is for the next start.
      if (!(await hasStarted())) return
      await switcher.change({ target, timeoutMs: FOLLOW_TIMEOUT_MS }, signal)
      clear()
    }
    change().catch((error: CodedError) => retry(error))
  }

  const retry = (error: CodedError): void => {
    if (isStopped() || error.code === 'SWITCH_SUPERSEDED') return
    const store = nameOfChoice(layers.desired().store)
    failed = { store, error, since: failed?.since ?? clock.date(), attempts: (failed?.attempts ?? 0) + 1 }
    const occasion = failing.happened()
    const fields = { store, code: error.code, err: error, ...(occasion === 'first' ? {} : occasion) }
    if (occasion) logger.warn(fields, 'The wanted store cannot be had - going on as before, and trying again')
    if (occasion === 'first') events.emit('store:switch-failed', { store, error })
    // Of two that waited for their turn, both may have failed.
    cancelRetry()
    const pause = { minMs: Math.min(FIRST_RETRY_MS, maxRetryMs), maxMs: maxRetryMs }
    cancelRetry = clock.after(backoffMs(failed.attempts, pause), follow)
  }

  layers.onChange(follow)
  return {
    /** What is wanted and cannot be had now; undefined where all is as wanted. */
    failed: (): FailedSwitch | undefined => failed,
    /** Somebody has decided otherwise. */
    clear,
    stop: clear,
  }
}
