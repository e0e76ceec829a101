import type { PoolCore } from '../context/pool-core.ts'
import type { Member } from '../context/replica-set.ts'
import type { MetadataStore } from '../contracts/metadata-store.ts'
import type { Survey } from '../discovery/survey.ts'
import { StoreError } from '../errors/store-error.ts'
import { joinThrough } from './join-through.ts'
import type { PlannedStore } from './plan.ts'
import { tellOf } from './tell.ts'

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

/** Opens a store, tries it out, joins it, and writes to it what it lacks, while everything goes on as before. Rejects with what kept it from that. */
export async function prepareStore(core: PoolCore, member: Member): Promise<void> {
  await member.replica.attach()
  await fill(core, member)
}

/** Writes what a store lacks of what lives. What it is not to have, a newer release's record for example, it does not get. */
export async function fill(core: PoolCore, { replica }: Member): Promise<void> {
  if (core.options.role === 'owner') {
    core.replicas.distribute()
    core.replicas.markAll(replica)
    await replica.flush()
  }
  const error = replica.error()
  if (error) throw error
  if (replica.state() === 'attached' || replica.state() === 'observing') return
  throw new StoreError('STORE_UNAVAILABLE', `Store ${replica.label} is ${replica.state()}.`)
}
