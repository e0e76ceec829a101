import type { PoolCore } from '../context/pool-core.ts'
import type { Entry } from '../memory/entry.ts'
import type { Copy, StoredRecord } from '../record/parse-record.ts'
import type { Replica } from '../replica/replica.ts'
import type { StoreAnswer } from '../replica/store-answer.ts'
import type { StoreKey } from '../replica/store-key.ts'

/**
 * What stores answered, with records of other runs as those left them to this one: without the requests of this run that
 * they had found in the store and gone on from. Those are counted here already.
 *
 * That another run has gone on from our record is certain only where one writer follows the other, and each reads before
 * it writes. A record in a store that several may use at once counts whole, and so does one that is older, or smaller,
 * than what was acknowledged there. Of what another store has not acknowledged nothing is left out: others may have gone
 * on from that one, and brought here what they made of it. Rather one request twice than one that is lost.
 */
export function withoutOwnShare(
  core: PoolCore,
  answers: ReadonlyMap<Replica, StoreAnswer>,
): ReadonlyMap<Replica, StoreAnswer> {
  const entries = core.memory.all().filter(({ told }) => told.size > 0)
  if (entries.length === 0) return answers
  const byIncarnation = new Map(entries.map((entry) => [entry.session.incarnation, entry]))
  return new Map(
    [...answers].map(([replica, answer]) => {
      const key = core.replicas.keyOf(replica)
      if (key === undefined || replica.store.capabilities.shared) return [replica, answer]
      const copies = new Map([...answer.copies].map(([name, copy]) => [name, left(copy, key, byIncarnation)] as const))
      return [replica, { ...answer, copies }]
    }),
  )
}

function left(copy: Copy, key: StoreKey, entries: ReadonlyMap<string | undefined, Entry>): Copy {
  if (copy.kind !== 'found' || copy.record.incarnation === undefined) return copy
  const share = ownShare(copy.record, key, entries.get(copy.record.incarnation))
  if (share === 0) return copy
  return { kind: 'found', record: { ...copy.record, totalRequests: copy.record.totalRequests - share } }
}

function ownShare({ revision, totalRequests }: StoredRecord, key: StoreKey, entry: Entry | undefined): number {
  const told = entry?.told.get(key)
  if (!entry || !told || revision <= told.revision || totalRequests < told.total) return 0
  const others = [...entry.told].filter(([store]) => store !== 'memory' && store !== 'none')
  return Math.min(told.own, ...others.map(([, { own }]) => own))
}
