import { performance } from 'node:perf_hooks'
import type { DesiredSelection } from '../../selection/selection.ts'
import { memoryStore } from '../../stores/memory-store.ts'
import { NONE_COSTS, noneStore } from '../../stores/none-store.ts'
import { addMember } from '../add-member.ts'
import { effectiveStores } from '../effective-stores.ts'
import { planOf } from '../plan.ts'
import { reportNothing, reportSwitch } from './report.ts'
import type { SwitchContext } from './switch-context.ts'
import type { SwitchReport } from './switch-report.ts'

/** Memory alone, or nothing: no store is asked for anything, so there is nothing to prepare, to fill or to wait for. */
export function stepBack(context: SwitchContext, desired: DesiredSelection): SwitchReport {
  const { core, survey, epochs, leaving } = context
  const startedAt = performance.now()
  const from = effectiveStores(core)
  const [planned] = planOf(desired, desired)
  const members = core.replicas.members()
  const present = members.find(({ key }) => key === planned?.key)
  if (present && members.length === 1) return reportNothing(context, startedAt)
  const store = desired.store === 'none' ? noneStore() : memoryStore()
  if (desired.store === 'none') core.logger.warn({ store: 'none' }, NONE_COSTS)
  const member = present ?? addMember(core, survey, { key: desired.store as string, role: 'primary' }, store, false)
  const left = epochs.commit([[member, 'primary']])
  const report = reportSwitch(context, desired, { from, startedAt, left })
  if (!present) void member.replica.attach()
  const { callDeadlineMs } = core.options.metadata
  for (const gone of left) void leaving.letGo(gone, callDeadlineMs)
  return { ...report, left: left.map(({ replica }) => ({ store: replica.label, unsaved: replica.dirtyCount() })) }
}
