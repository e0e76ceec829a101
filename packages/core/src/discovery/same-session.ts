import { join } from '../record/join.ts'
import type { StoredRecord } from '../record/parse-record.ts'
import { sameContent } from '../sessions/project.ts'
import type { Orphan } from './reconcile-types.ts'

/** Records of one session under several names: it was renamed, and ended before its former record was removed. */
export interface SameSession {
  readonly orphans: readonly Orphan[]
  /** What all of them say together, under the name that it had last. */
  readonly whole: StoredRecord
  /** Whether each store that has any of them has all of it under that name: then the others say nothing more. */
  readonly isSettled: boolean
}

/** The orphans that share an incarnation with another one, by their incarnations. */
export function severalNames(orphans: readonly Orphan[]): ReadonlyMap<string, SameSession> {
  const byIncarnation = new Map<string, Orphan[]>()
  for (const orphan of orphans) {
    const incarnation = orphan.copies[0]?.incarnation
    if (incarnation !== undefined) byIncarnation.set(incarnation, [...(byIncarnation.get(incarnation) ?? []), orphan])
  }
  const several = [...byIncarnation].filter(([, group]) => group.length > 1)
  return new Map(several.map(([incarnation, group]) => [incarnation, sameSession(group)]))
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
