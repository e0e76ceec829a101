import { performance } from 'node:perf_hooks'
import type { DesiredSelection } from '../../selection/selection.ts'
import { effectiveStores } from '../effective-stores.ts'
import type { Member } from '../members.ts'
import type { SwitchContext } from './switch-context.ts'
import type { SwitchReport } from './switch-report.ts'

interface Committed {
  readonly from: readonly string[]
  /** Monotonic ms. */
  readonly startedAt: number
  readonly left: readonly Member[]
}

/** The report of a switch to what is in force. */
export function reportNothing(
  { core, epochs }: Pick<SwitchContext, 'core' | 'epochs'>,
  startedAt = performance.now(),
): SwitchReport {
  const stores = effectiveStores(core)
  const durationMs = performance.now() - startedAt
  return { from: stores, to: stores, changed: false, epoch: epochs.epoch(), durationMs, left: [] }
}

/** Tells what was just committed, and gives what there is to report of it so far. */
export function reportSwitch(
  { core, epochs }: Pick<SwitchContext, 'core' | 'epochs'>,
  { layer, reason }: DesiredSelection,
  { from, startedAt, left }: Committed,
): Omit<SwitchReport, 'left'> {
  const to = effectiveStores(core)
  const epoch = epochs.epoch()
  const report = { from, to, changed: true, epoch, durationMs: performance.now() - startedAt }
  core.logger.info({ from, to, layer, reason, epoch, left: left.map(({ replica }) => replica.label) }, 'Store switched')
  core.events.emit('store:switched', { from, to, layer, reason, epoch })
  return report
}
