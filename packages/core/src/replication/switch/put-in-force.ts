import { performance } from 'node:perf_hooks'
import { planOf, type Wanted } from '../../pool/stores/plan.ts'
import { effectiveStores } from '../effective-stores.ts'
import type { Member } from '../members.ts'
import type { Assignment } from './commit.ts'
import { prepare } from './prepare.ts'
import { reportNothing, reportSwitch } from './report.ts'
import type { SwitchContext } from './switch-context.ts'
import type { SwitchReport } from './switch-report.ts'

export interface PutInForce {
  readonly timeoutMs: number
  /** Called when it can no longer fail, in the same step as it takes effect. */
  readonly decided?: (() => void) | undefined
}

/** A switch that was made: what there is to report of it, and what is still to be heard of the stores that it let go. */
export interface Made {
  readonly report: Omit<SwitchReport, 'left'>
  readonly draining: ReadonlyArray<Promise<SwitchReport['left'][number]>>
}

/**
 * The steps of a switch: prepare and fill what is wanted, commit to it, and begin to drain and close what it replaces.
 * Rejects before the commit, and then everything is as it was.
 */
export async function putInForce(
  context: SwitchContext,
  { desired, afterRestart }: Wanted,
  { timeoutMs, decided }: PutInForce,
  signal: AbortSignal,
): Promise<Made> {
  const { core, epochs, leaving } = context
  const startedAt = performance.now()
  const from = effectiveStores(core)
  const assignments = await prepare(context, planOf(desired, afterRestart), desired, timeoutMs, signal)
  // Whoever stepped back since has let go of the new ones, too.
  signal.throwIfAborted()
  decided?.()
  if (areInForce(core.replicas.members(), assignments)) {
    return { report: reportNothing(context, startedAt), draining: [] }
  }
  const fresh = assignments.filter(([member]) => member.replica.state() === 'detached')
  const left = epochs.commit(assignments)
  for (const [member] of fresh) void attachWhenGone(context, member).catch(() => undefined)
  const report = reportSwitch(context, desired, { from, startedAt, left })
  const leftMs = Math.max(100, timeoutMs - (performance.now() - startedAt))
  const draining = left.map(async (member) => ({
    store: member.replica.label,
    unsaved: await leaving.letGo(member, leftMs),
  }))
  return { report, draining }
}

function areInForce(members: readonly Member[], assignments: readonly Assignment[]): boolean {
  return (
    members.length === assignments.length &&
    assignments.every(([member, role], at) => members[at] === member && member.role === role && !member.isCandidate)
  )
}

/** Attaches a store once it is closed where it took part before, if it still takes part by then. */
async function attachWhenGone({ core, leaving }: SwitchContext, member: Member): Promise<void> {
  await leaving.gone(member.key)
  if (!core.stopped && core.replicas.members().includes(member)) await member.replica.attach()
}
