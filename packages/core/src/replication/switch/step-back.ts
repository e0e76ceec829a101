import { performance } from 'node:perf_hooks'
import type { DesiredSelection } from '../../selection/selection.ts'
import { NONE_COSTS } from '../../stores/none-store.ts'
import { effectiveStores } from '../effective-stores.ts'
import { reportNothing, reportSwitch } from './report.ts'
import type { SwitchContext } from './switch-context.ts'
import type { SwitchReport } from './switch-report.ts'

/** Memory alone, or nothing: no store is asked for anything, so there is nothing to prepare, to fill or to wait for. */
export function stepBack(context: SwitchContext, desired: DesiredSelection): SwitchReport {
  const { core, epochs, leaving } = context
  const startedAt = performance.now()
  const from = effectiveStores(core)
  if (core.replicas.members().length === 0) return reportNothing(context, startedAt)
  if (desired.store === 'none') core.logger.warn({ store: 'none' }, NONE_COSTS)
  const left = epochs.commit([])
  const report = reportSwitch(context, desired, { from, startedAt, left })
  const { callTimeoutMs } = core.options.metadata
  for (const gone of left) void leaving.letGo(gone, callTimeoutMs)
  return { ...report, left: left.map(({ replica }) => ({ store: replica.label, unsaved: replica.dirtyCount() })) }
}
