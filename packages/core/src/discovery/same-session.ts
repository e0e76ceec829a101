import { join, type StoredRecord } from '@sessionkeep/contracts'
import { forEachYielding } from '@sessionkeep/contracts/internal'
import { sameContent } from '../sessions/project.ts'
import type { Orphan } from './reconcile-types.ts'

/** The records of one session under several names: it was renamed, and ended before the record under the former name was removed. */
export interface SameSession {
  readonly orphans: readonly Orphan[]
  /** All of them joined, under the last name of the session. */
  readonly whole: StoredRecord
  /** Whether each store that has any of them has the joined record under the last name. Then the others may be removed. */
  readonly isSettled: boolean
}

/** The orphans that share an incarnation with another orphan, by incarnation. */
export async function severalNames(orphans: readonly Orphan[]): Promise<ReadonlyMap<string, SameSession>> {
  const first = new Map<string, Orphan>()
  const several = new Map<string, Orphan[]>()
  await forEachYielding(orphans, (orphan) => {
    const incarnation = orphan.copies[0]?.incarnation
    if (incarnation === undefined) return
    const earlier = first.get(incarnation)
    if (!earlier) first.set(incarnation, orphan)
    else several.set(incarnation, [...(several.get(incarnation) ?? [earlier]), orphan])
  })
  return new Map([...several].map(([incarnation, group]) => [incarnation, sameSession(group)]))
}

function sameSession(orphans: readonly Orphan[]): SameSession {
  const whole = orphans.flatMap(({ copies }) => copies).reduce(join)
  const present = orphans.find(({ sessionName }) => sessionName === whole.sessionName)
  const hasAll = (store: Orphan['stores'][number]): boolean => {
    const copy = present?.copies[present.stores.indexOf(store)]
    return copy !== undefined && sameContent(copy, whole)
  }
  return { orphans, whole, isSettled: orphans.flatMap(({ stores }) => stores).every(hasAll) }
}
