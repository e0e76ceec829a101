import type { StoredRecord } from '@sessionkeep/contracts'
import type { HostSession, SessionRef } from '@sessionkeep/contracts/host'
import { forEachYielding } from '@sessionkeep/contracts/internal'
import type { StoreAnswer, StoreRef } from '@sessionkeep/replication'
import { withoutTrust } from './collect-copies.ts'
import type { Orphan } from './reconcile-types.ts'

/** An orphan whose copies are still being collected. */
interface Found {
  readonly sessionName: string
  readonly copies: StoredRecord[]
  readonly stores: StoreRef[]
}

/** Makes a list that collects records without a session: one orphan for each name and incarnation. */
function createOrphanList() {
  const orphans: Found[] = []
  const byName = new Map<string, readonly Found[]>()
  return {
    orphans: orphans as readonly Orphan[],
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

/** Makes a finder of orphans: the records of the pool whose session does not live under any name. */
export function createOrphanFinder() {
  const names = new Set<string>()
  const incarnations = new Set<string>()
  return {
    addLiving({ sessionName, incarnation }: HostSession): void {
      names.add(sessionName)
      if (incarnation !== undefined) incarnations.add(incarnation)
    },
    /** The orphans in these answers, without those of sessions that may live. */
    async find(
      answers: readonly StoreAnswer[],
      mayLive: (session: Partial<SessionRef>) => boolean,
    ): Promise<readonly Orphan[]> {
      const found = createOrphanList()
      for (const { copies, store } of answers)
        await forEachYielding(copies, ([sessionName, copy]) => {
          if (copy.kind !== 'found' || names.has(sessionName)) return
          const { incarnation } = copy.record
          const isLiving = incarnation !== undefined && incarnations.has(incarnation)
          if (!isLiving && !mayLive({ sessionName, incarnation })) found.add(sessionName, copy.record, store)
        })
      return found.orphans
    },
  }
}
