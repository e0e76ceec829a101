import type { MetadataStore } from '../../contracts/metadata-store.ts'
import type { Survey } from '../../discovery/discover.ts'
import { tellOf } from '../../replication/announce.ts'
import type { Member } from '../../replication/members.ts'
import type { PoolCore } from '../../sessions/pool-core.ts'
import { joinThrough } from './join-through.ts'
import type { PlannedStore } from './plan.ts'

/** Lets a store take part; it is not opened yet. */
export function addMember(
  core: PoolCore,
  survey: Survey,
  { key, role }: Pick<PlannedStore, 'key' | 'role'>,
  store: MetadataStore,
  isCandidate: boolean,
): Member {
  const member: Member = core.replicas.add(
    store,
    { join: (replica) => joinThrough(core, survey, replica), ...tellOf(core, () => member.isCandidate) },
    { key, role, isCandidate },
  )
  return member
}
