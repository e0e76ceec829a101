import { setTimeout as sleep } from 'node:timers/promises'
import type { CodedError, SwitchReport, SwitchSelection } from '@sessionkeep/core'
import type { RunningCreateDeleteLoad } from './create-delete-load.ts'
import type { DrilledPool } from './drilled-pool.ts'
import type { Failures } from './failures.ts'
import type { ResolvedDrill } from './options.ts'
import type { DrillStep } from './report.ts'
import type { Load } from './request-load.ts'
import { isOurs } from './restore.ts'
import { untilCaughtUp, type Watch } from './watch.ts'

/** Options of {@link runSteps}. */
export interface StepsOptions {
  readonly pool: DrilledPool
  readonly options: ResolvedDrill
  readonly reason: string
  readonly load: Load
  readonly createDelete: RunningCreateDeleteLoad
  readonly watch: Watch
  readonly failures: Failures
}

interface PlannedStep {
  readonly action: DrillStep['action']
  readonly act: () => Promise<SwitchReport> | undefined
  /** Whether the step leaves none of the stores active that the layers select. */
  readonly detaches?: boolean
}

/**
 * Runs the steps one after the other under load. Ends early when aborted, or when another caller has begun to switch.
 */
export async function runSteps(drill: StepsOptions): Promise<DrillStep[]> {
  const { pool, options, reason, createDelete } = drill
  const { timeoutMs, signal } = options
  const to = (action: DrillStep['action'], selection: SwitchSelection): PlannedStep => ({
    action,
    act: () => pool.switchStore(selection, { reason, timeoutMs }),
    detaches: isAlone(typeof selection === 'object' && 'store' in selection ? selection.store : selection),
  })
  const plan: PlannedStep[] = [
    { action: 'steady', act: () => undefined },
    { action: 'detach', act: () => pool.rollback({ reason }), detaches: true },
    to('attach', 'auto'),
    ...options.through.map((selection) => to('switch', selection)),
    ...(options.through.length > 0 ? [to('attach', 'auto')] : []),
  ]
  const steps: DrillStep[] = []
  for (const planned of plan) {
    if (signal?.aborted || !isOurs(pool, reason)) break
    if (planned.action !== 'steady') createDelete.markDisturbed()
    const step = await runStep(drill, planned)
    steps.push(step)
    if (step.error?.code === 'POOL_STOPPED') break
  }
  return steps
}

async function runStep(
  { pool, options, load, createDelete, watch, failures }: StepsOptions,
  { action, act, detaches }: PlannedStep,
): Promise<DrillStep> {
  const { stepMs, timeoutMs, signal } = options
  const madeBefore = load.made()
  const endedBefore = load.ended()
  watch.takePeak()
  let report: SwitchReport | undefined
  let error: CodedError | undefined
  if (detaches) await createDelete.detach()
  try {
    report = await act()
  } catch (cause) {
    failures.add(action, cause)
    error = cause as CodedError
  }
  if (!isDetached(pool)) createDelete.attach()
  const [catchUpMs] = await Promise.all([
    untilCaughtUp(pool, timeoutMs, signal),
    sleep(stepMs, undefined, signal ? { signal } : {}).catch(() => undefined),
  ])
  return {
    action,
    stores: pool.persistence().effective.stores,
    switchMs: report?.durationMs ?? 0,
    catchUpMs,
    requests: load.made() - madeBefore,
    longestRequestMs: load.longestMs(endedBefore),
    dirtyPeak: watch.takePeak(),
    unsaved: (report?.detached ?? []).reduce((sum, { unsaved }) => sum + unsaved, 0),
    ...(error ? { error } : {}),
  }
}

/** Whether a call at run time has selected `memory` or `none`, so that no configured store is kept up to date. */
function isDetached(pool: DrilledPool): boolean {
  const { desired } = pool.persistence()
  return desired.layer === 'runtime' && isAlone(desired.store)
}

function isAlone(store: unknown): boolean {
  return store === 'memory' || store === 'none'
}
