import type { SessionView } from '@sessionkeep/core'
import type { ReferenceStore, Stored } from './reference-store.ts'

const FIELDS = ['incarnation', 'workspace', 'createdAt', 'lastActivityAt', 'totalRequests', 'status'] as const

/** The first difference between a record and the pool's view; undefined if they are equal. */
export function differenceOf(record: Stored | undefined, view: SessionView): string | undefined {
  for (const field of FIELDS)
    if (record?.[field] !== view[field])
      return `${view.sessionName} has ${field} ${view[field]}, stored is ${String(record?.[field])}`
  return attributeOf(record?.attributes) === attributeOf(view.attributes)
    ? undefined
    : `${view.sessionName}: attributes differ`
}

/** Whether a store has acknowledged the session as the view shows it, or held it already. */
export function isStoredIn(reference: ReferenceStore, view: SessionView): boolean {
  if (reference.revision(String(view.incarnation)) >= view.revision) return true
  const { sessionName } = view
  if (differenceOf(reference.lastRead(sessionName), view) === undefined) return true
  return reference.candidates(sessionName).every(({ record }) => differenceOf(record, view) === undefined)
}

/** Whether a store has ever acknowledged the session as the view shows it, even if the record was changed since. */
export function wasStoredIn(reference: ReferenceStore, view: SessionView): boolean {
  const isLater = ({ incarnation, revision }: Stored) =>
    incarnation === view.incarnation && Number(revision) >= view.revision
  const covers = (record: Stored) => isLater(record) || !differenceOf(record, view)
  return isStoredIn(reference, view) || reference.everAcknowledged(view.sessionName).some(covers)
}

export function attributeOf(attributes: unknown): number {
  return Number((attributes as { n?: number } | undefined)?.n ?? 0)
}
