import type { StoredRecord } from '@sessionkeep/contracts'
import type { HostSession } from '@sessionkeep/contracts/host'
import { forEachYielding, type HostListing, mayBeUnreadable } from '@sessionkeep/contracts/internal'
import type { AnsweredCopy, Replica, StoreAnswer, StoreRef } from '@sessionkeep/replication'
import { withoutTrust } from './collect-copies.ts'
import type { Orphan } from './reconcile-types.ts'

/** An orphan whose copies are still being collected. */
interface Found {
  readonly sessionName: string
  readonly copies: StoredRecord[]
  readonly stores: StoreRef[]
}

/** Makes a list that collects records without a session: one orphan for each name and incarnation. */
export function createOrphanList() {
  const orphans: Found[] = []
  const byName = new Map<string, readonly Found[]>()
  return {
    orphans: orphans as readonly Orphan[] as Orphan[],
    add(sessionName: string, stored: StoredRecord, store: StoreRef): void {
      const record = withoutTrust(stored, store)
      const same = byName.get(sessionName) ?? []
      const known = same.find(({ copies: [first] }) => first?.incarnation === record.incarnation)
      if (known) {
        known.copies.push(record)
        known.stores.push(store)
        return
      }
      const orphan = { sessionName, copies: [record], stores: [store] }
      orphans.push(orphan)
      byName.set(sessionName, [...same, orphan])
    },
  }
}

/**
 * Takes the orphans out of the answers of stores: the records that no listed session can have. Only the rest is compared in one
 * turn of the event loop, so that thousands of ended sessions do not block the process.
 */
export async function withoutOrphans(
  { live, unreadable }: HostListing,
  answers: ReadonlyMap<Replica, StoreAnswer>,
): Promise<{ readonly answers: ReadonlyMap<Replica, StoreAnswer>; readonly orphans: readonly Orphan[] }> {
  const names = new Set(live.map(({ sessionName }) => sessionName))
  const incarnations = new Set(live.flatMap(({ incarnation, resumes }: HostSession) => [incarnation, resumes]))
  const mayLive = mayBeUnreadable(unreadable)
  const found = createOrphanList()
  const rest = new Map<Replica, StoreAnswer>()
  for (const [replica, answer] of answers) {
    const copies = new Map<string, AnsweredCopy>()
    await forEachYielding(answer.copies, ([sessionName, copy]) => {
      const isListed =
        copy.kind !== 'found' ||
        names.has(sessionName) ||
        (copy.record.incarnation !== undefined && incarnations.has(copy.record.incarnation))
      if (isListed) copies.set(sessionName, copy)
      else if (!mayLive({ sessionName, incarnation: copy.record.incarnation }))
        found.add(sessionName, copy.record, answer.store)
    })
    rest.set(replica, { ...answer, copies })
  }
  return { answers: rest, orphans: found.orphans }
}
