import { unlessAborted } from '../../base/unless-aborted.ts'
import { nameOf, type PlannedStore } from '../../pool/stores/plan.ts'
import type { DesiredSelection } from '../../selection/selection.ts'
import type { Member } from '../members.ts'
import type { Assignment } from './commit.ts'
import { preparePlan } from './prepare-plan.ts'
import type { SwitchContext } from './switch-context.ts'
import { givenUp, tooLate } from './switch-errors.ts'

/**
 * Has every store of a plan ready to be relied on, by the deadline. Rejects with what kept one of them from that, or with
 * the reason of `signal`; those that were added are let go again by then.
 */
export async function prepare(
  context: SwitchContext,
  plan: readonly PlannedStore[],
  desired: DesiredSelection,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Assignment[]> {
  const candidates: Member[] = []
  const name = nameOf(desired.store)
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(tooLate(name, timeoutMs)), timeoutMs)
  // What one store fails at ends the preparation of the others, too: nothing is added after it.
  const failed = new AbortController()
  const either = AbortSignal.any([signal, late.signal, failed.signal])
  try {
    return await unlessAborted(either, preparePlan({ ...context, plan, desired, signal: either }, candidates))
  } catch (error) {
    failed.abort(error)
    abandon(context, candidates)
    throw givenUp(name, error)
  } finally {
    clearTimeout(timer)
  }
}

function abandon({ core, leaving }: SwitchContext, candidates: readonly Member[]): void {
  core.replicas.retain(core.replicas.members().filter((member) => !candidates.includes(member)))
  for (const member of candidates) void leaving.letGo(member, 0)
}
