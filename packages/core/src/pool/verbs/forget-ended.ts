import { checkOptions, type EndCause, strictOptions } from '@sessionkeep/contracts'
import { once } from '@sessionkeep/contracts/internal'
import type { ReplicaSet } from '@sessionkeep/replication'
import * as z from 'zod'
import type { Discovery } from '../../discovery/discover.ts'
import { causeOf, endCause } from '../../sessions/ended-sessions.ts'
import type { PoolState } from '../pool-state.ts'

/** Selects the ended sessions that fulfil every condition. */
export interface EndedFilter {
  /** Only sessions of this workspace. @defaultValue any */
  readonly workspace?: string | undefined
  /** Only sessions that were last active before this time, ms since the epoch. @defaultValue any */
  readonly before?: number | undefined
  /** Only sessions that ended for one of these causes. @defaultValue any */
  readonly causes?: readonly EndCause[] | undefined
}

const filterOptions = once(() =>
  strictOptions({ workspace: z.string(), before: z.number(), causes: z.array(endCause()) }).partial(),
)

interface ForgetEndedParts {
  readonly state: PoolState
  readonly attach: () => Promise<unknown>
  readonly discovery: Discovery
  readonly replicas: ReplicaSet
}

/** Makes `forgetEnded()`. */
export function createForgetEnded({ state, attach, discovery, replicas }: ForgetEndedParts) {
  return async (filter: EndedFilter = {}): Promise<string[]> => {
    state.assertRunning()
    state.assertOwner('Forgetting ended sessions')
    checkOptions('forgetEnded()', filterOptions(), filter)
    await attach()
    // A discovery pass leaves out records that are being written while it reads, so they are written first.
    await replicas.flush()
    const { hostError, reconciliation } = await discovery.discover({ full: true })
    if (hostError) throw hostError
    const { workspace, before = Number.POSITIVE_INFINITY, causes } = filter
    const forgotten = await discovery.forgetOrphans(
      reconciliation.orphans,
      (record) =>
        (workspace ?? record.workspace) === record.workspace &&
        record.lastActivityAt < before &&
        (!causes || causes.includes(causeOf(record.ended))),
    )
    await replicas.flush()
    // Once each store has the end, all of them may remove the record.
    await replicas.flush()
    return forgotten
  }
}
