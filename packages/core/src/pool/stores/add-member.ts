import type { MetadataStore } from '../../contracts/metadata-store.ts'
import { tellOf } from '../../replication/announce.ts'
import type { Member } from '../../replication/members.ts'
import type { PoolCore } from '../../sessions/pool-core.ts'
import type { PlannedStore } from './plan.ts'

/** Lets a store take part; it is not opened yet. */
export function addMember(
  core: PoolCore,
  { key, role }: Pick<PlannedStore, 'key' | 'role'>,
  store: MetadataStore,
  isCandidate: boolean,
): Member {
  const member: Member = core.replicas.add(
    store,
    { join: core.joinStore, ...tellOf(core, () => member.isCandidate) },
    { key, role, isCandidate },
  )
  return member
}
