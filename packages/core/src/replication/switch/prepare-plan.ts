import { addMember } from '../../pool/stores/add-member.ts'
import type { PlannedStore } from '../../pool/stores/plan.ts'
import { checkSelection } from '../../selection/check-selection.ts'
import { loadStore } from '../../selection/load-store.ts'
import type { DesiredSelection } from '../../selection/selection.ts'
import type { Member } from '../members.ts'
import type { Assignment } from './commit.ts'
import { assertWell, fill } from './fill.ts'
import type { SwitchContext } from './switch-context.ts'

export interface Preparation extends SwitchContext {
  readonly plan: readonly PlannedStore[]
  readonly desired: DesiredSelection
  readonly signal: AbortSignal
}

/**
 * Makes every store of a plan ready to be relied on. Those that are new go to `candidates` as soon as they take part, so
 * that whoever gives up can let them go. Gives the members of the plan, in its order.
 */
export async function preparePlan(preparation: Preparation, candidates: Member[]): Promise<Assignment[]> {
  const { core, plan, desired } = preparation
  checkSelection(
    plan.flatMap(({ choice, role }) => (role === 'kept' ? [] : [choice])),
    desired.stores,
  )
  const present = core.replicas.members()
  const isLeft = present.some(({ key, isCandidate }) => !isCandidate && !plan.some((other) => other.key === key))
  const ready = await Promise.all(plan.map((planned) => prepareOne(preparation, planned, isLeft, candidates)))
  return ready.flatMap((member, at): Assignment[] => {
    const planned = plan[at]
    if (!member || !planned) return []
    // It was filled while another of the plan took its time, and may have failed since.
    if (planned.role !== 'kept' && (isLeft || member.isCandidate)) assertWell(member)
    return [[member, planned.role]]
  })
}

async function prepareOne(
  preparation: Preparation,
  planned: PlannedStore,
  isLeft: boolean,
  candidates: Member[],
): Promise<Member | undefined> {
  const { core, leaving, desired, signal } = preparation
  const member = core.replicas.members().find(({ key }) => key === planned.key)
  if (member) {
    if (!isLeft || planned.role === 'kept') return member
    // Nothing is let go before what stays has everything.
    await leaving.gone(planned.key)
    await member.replica.retryNow()
    await fill(core, member)
    return member
  }
  // That one is attached in its own time, once the switch is made.
  if (planned.role === 'kept') return addKept(preparation, planned, candidates)
  await leaving.gone(planned.key)
  signal.throwIfAborted()
  const store = await loadStore(planned.choice, desired, core.logger)
  signal.throwIfAborted()
  const added = addMember(core, planned, store, true)
  candidates.push(added)
  await added.replica.attach()
  await fill(core, added)
  return added
}

/** The configured store beside a call at run time: what is wrong with it does not keep the switch from being made. */
async function addKept(
  { core, desired, signal }: Preparation,
  planned: PlannedStore,
  candidates: Member[],
): Promise<Member | undefined> {
  try {
    const store = await loadStore(planned.choice, desired, core.logger)
    signal.throwIfAborted()
    const added = addMember(core, planned, store, true)
    candidates.push(added)
    return added
  } catch (error) {
    core.logger.warn({ err: error }, 'The store that a restart would select cannot be kept current')
    return undefined
  }
}
