import { performance } from 'node:perf_hooks'
import { createSerial } from '../../base/serial.ts'
import type { CodedError } from '../../errors/coded-error.ts'
import { nameOf, type Wanted } from '../../pool/stores/plan.ts'
import { type DesiredSelection, standsAlone } from '../../selection/selection.ts'
import type { PoolCore } from '../../sessions/pool-core.ts'
import { createEpochs } from './commit.ts'
import { createLeaving } from './leaving.ts'
import { type PutInForce, putInForce } from './put-in-force.ts'
import { reportNothing } from './report.ts'
import { stepBack } from './step-back.ts'
import type { SwitchContext } from './switch-context.ts'
import { superseded } from './switch-errors.ts'
import type { SwitchReport } from './switch-report.ts'

/** Where a switch stands that is under way. */
export interface SwitchUnderWay {
  readonly store: string
  /** `preparing`: opened, tried out, joined and filled; nothing has changed yet. `draining`: in force; what it replaced is let go. */
  readonly phase: 'preparing' | 'draining'
  /** ms since the epoch. */
  readonly since: number
}

interface ChangeRequest extends PutInForce {
  /** Asked when it is its turn. */
  readonly wanted: () => Wanted
}

/** Makes the stores that take part those of a selection. One switch at a time; stepping back to memory waits for none. */
export function createSwitching(core: PoolCore) {
  const serial = createSerial()
  const epochs = createEpochs(core)
  const leaving = createLeaving(core)
  const context: SwitchContext = { core, epochs, leaving }
  let cancelled = new AbortController()
  let underWay: SwitchUnderWay | undefined
  let preparing: Promise<unknown> = Promise.resolve()

  const cancel = (reason: CodedError): void => {
    cancelled.abort(reason)
    cancelled = new AbortController()
  }

  const run = async (request: ChangeRequest, signal: AbortSignal): Promise<SwitchReport> => {
    signal.throwIfAborted()
    const startedAt = performance.now()
    const wanted = request.wanted()
    const { store } = wanted.desired
    if (standsAlone(store)) {
      request.decided?.()
      return stepBack(context, wanted.desired)
    }
    underWay = { store: nameOf(store), phase: 'preparing', since: Date.now() }
    try {
      const making = putInForce(context, wanted, request, signal)
      preparing = Promise.allSettled([making])
      const { report, draining } = await making
      underWay = { ...underWay, phase: 'draining' }
      return { ...report, left: await Promise.all(draining), durationMs: performance.now() - startedAt }
    } finally {
      underWay = undefined
    }
  }

  return {
    /** Changes to what `wanted` gives when it is its turn. Rejects with a `ConfigError`, `StoreError` or `PoolError`, and then nothing has changed. */
    change: (request: ChangeRequest, signal: AbortSignal = cancelled.signal): Promise<SwitchReport> =>
      serial(() => run(request, signal)),
    /** Memory alone, at once; what is under way or waits is superseded. */
    overtake(desired: DesiredSelection): SwitchReport {
      cancel(superseded())
      return stepBack(context, desired)
    },
    /** The report of a switch to what is in force. */
    nothing: (): SwitchReport => reportNothing(context),
    /** What is being prepared or waits ends with that error; fulfils once it has. What is made already stays so. */
    cancel(reason: CodedError): Promise<unknown> {
      cancel(reason)
      return preparing
    },
    /** Aborted when something else is wanted at once. */
    signal: (): AbortSignal => cancelled.signal,
    epoch: epochs.epoch,
    /** When the stores in force became that, ms since the epoch. */
    since: epochs.since,
    underWay: (): SwitchUnderWay | undefined => underWay,
    /** Waits for the end of the stores that were let go; to be called at the end, since none is let go after it. */
    left: leaving.ended,
  }
}

export type Switching = ReturnType<typeof createSwitching>
