import { backoffMs } from '../../base/backoff.ts'
import { createOccasional } from '../../base/log-limiter.ts'
import type { CodedError } from '../../errors/coded-error.ts'
import type { Switching } from '../../replication/switch/switching.ts'
import { standsAlone } from '../../selection/selection.ts'
import type { SelectionLayers } from '../../selection/selection-layers.ts'
import type { PoolCore } from '../../sessions/pool-core.ts'
import { nameOf, type Wanted } from './plan.ts'

/** What a layer wants, could not be put in force, and is tried again. */
export interface FailedSwitch {
  readonly store: string
  readonly error: CodedError
  /** ms since the epoch. */
  readonly since: number
  readonly attempts: number
}

/** How long a store that a layer wants may take to be ready, ms; then it is tried again. */
const FOLLOW_DEADLINE_MS = 10_000

/** Puts in force what a layer wants that changes by itself, and tries again for ever what cannot be had. */
export function createFollowing(
  core: PoolCore,
  layers: SelectionLayers,
  switching: Switching,
  wanted: () => Wanted,
  /** Whether the stores of the start are in force; settles once that is known. */
  started: () => Promise<boolean>,
) {
  const failing = createOccasional()
  let failed: FailedSwitch | undefined
  let timer: NodeJS.Timeout | undefined

  const clear = (): void => {
    clearTimeout(timer)
    failed = undefined
    failing.ended()
  }

  const follow = (): void => {
    clearTimeout(timer)
    if (core.stopped) return
    const { desired } = wanted()
    // A rollback by a call stands, and has nothing beside it that could change with the layers below.
    if (desired.layer === 'runtime' && standsAlone(desired.store)) return
    if (standsAlone(desired.store)) {
      clear()
      switching.overtake(desired)
      return
    }
    const signal = switching.signal()
    const change = async (): Promise<void> => {
      // What a start that failed leaves is for the next start.
      if (!(await started())) return
      await switching.change({ wanted, timeoutMs: FOLLOW_DEADLINE_MS }, signal)
      clear()
    }
    change().catch((error: CodedError) => retry(error))
  }

  const retry = (error: CodedError): void => {
    if (core.stopped || error.code === 'SWITCH_SUPERSEDED') return
    const store = nameOf(wanted().desired.store)
    failed = { store, error, since: failed?.since ?? Date.now(), attempts: (failed?.attempts ?? 0) + 1 }
    const said = failing.happened()
    const fields = { store, code: error.code, err: error, ...(said === 'first' ? {} : said) }
    if (said) core.logger.warn(fields, 'The wanted store cannot be had - going on as before, and trying again')
    if (said === 'first') core.events.emit('store:switch-failed', { store, error })
    const { maxRetryMs } = core.options.metadata
    // Of two that waited for their turn, both may have failed.
    clearTimeout(timer)
    timer = setTimeout(follow, backoffMs(failed.attempts, { minMs: Math.min(200, maxRetryMs), maxMs: maxRetryMs }))
    timer.unref()
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
