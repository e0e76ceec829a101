import type { Logger } from '@sessionkeep/contracts'
import type { HostSession } from '@sessionkeep/contracts/host'
import { forEachYielding, identityOf } from '@sessionkeep/contracts/internal'
import type { ReplicaSet } from '@sessionkeep/replication'

/**
 * Makes the part of discovery that clears away what the host keeps of sessions that ended. How they ended is recorded first,
 * and written to a store, since nobody can read it afterwards. An observer leaves it to the owner.
 */
export function createRemains(
  clearAway: (hosted: HostSession) => Promise<unknown>,
  role: 'owner' | 'observer',
  replicas: ReplicaSet,
  logger: Logger,
) {
  /** The sessions that the host still listed when it was last asked, and whose end is recorded. */
  let recorded = new Set<string>()
  const underWay = new Set<string>()

  const bury = async (hosted: HostSession): Promise<void> => {
    const { sessionName } = hosted
    try {
      await replicas.acknowledge(sessionName)
      // While all stores fail, or another gateway holds their locks, the next poll tries again.
      if (!replicas.isOwedByAll(sessionName)) await clearAway(hosted)
    } catch (error) {
      logger.warn(
        { sessionName, err: error },
        'What remains of an ended session could not be cleared away - it will be tried again',
      )
    } finally {
      underWay.delete(identityOf(hosted))
    }
  }

  return {
    /** Whether the end of this session was recorded by an earlier pass. */
    isRecorded: (hosted: HostSession): boolean => recorded.has(identityOf(hosted)),
    /** Clears away ended sessions in the background. Call it right after their ends were recorded. */
    clear(ended: readonly HostSession[]): void {
      recorded = new Set(ended.map(identityOf))
      if (role !== 'owner') return
      const waiting = ended.filter((hosted) => !underWay.has(identityOf(hosted)))
      for (const hosted of waiting) underWay.add(identityOf(hosted))
      void forEachYielding(waiting, (hosted) => void bury(hosted))
    },
  }
}
