import type { PoolCore } from '../../sessions/pool-core.ts'
import type { Member, StoreRole } from '../members.ts'

/** A store that takes part, and what it is to be there for. */
export type Assignment = readonly [Member, StoreRole]

/** Which stores the pool relies on: one set of them after the other, each from its commit to the next. */
export function createEpochs(core: PoolCore) {
  let epoch = 0
  let since = Date.now()
  return {
    /** How many commits there were in this run. */
    epoch: () => epoch,
    /** When the last one was, or the start; ms since the epoch of the clock. */
    since: () => since,

    /** From here on the pool relies on these stores, and on no other. Synchronous; gives those that are to be let go. */
    commit(assignments: readonly Assignment[]): Member[] {
      epoch += 1
      since = Date.now()
      const left = core.replicas.retain(assignments.map(([member]) => member))
      for (const [member, role] of assignments) {
        const { replica, isCandidate } = member
        member.role = role
        member.isCandidate = false
        if (!isCandidate || replica.state() !== 'attached') continue
        core.logger.info({ store: replica.label }, 'Store attached')
        core.events.emit('store:attached', { store: replica.label })
      }
      return left
    },
  }
}

export type Epochs = ReturnType<typeof createEpochs>
