import type { SessionView } from '@sessionkeep/core'
import type { Shelf, Stored } from './shelf.ts'

const FIELDS = ['incarnation', 'workspace', 'createdAt', 'lastActivityAt', 'totalRequests', 'status'] as const

/** In what a record differs from what the pool shows; undefined where it says the same. */
export function differenceOf(record: Stored | undefined, view: SessionView): string | undefined {
  for (const field of FIELDS)
    if (record?.[field] !== view[field])
      return `${view.sessionName} has ${field} ${view[field]}, stored is ${String(record?.[field])}`
  return attributeOf(record?.attributes) === attributeOf(view.attributes)
    ? undefined
    : `${view.sessionName}: attributes differ`
}

/** Whether a store has acknowledged what a session was at that moment, or has had it already. */
export function isStoredIn(shelf: Shelf, view: SessionView): boolean {
  if (shelf.revision(String(view.incarnation)) >= view.revision) return true
  const { sessionName } = view
  if (differenceOf(shelf.shown(sessionName), view) === undefined) return true
  return shelf.may(sessionName).every(({ record }) => differenceOf(record, view) === undefined)
}

/** Whether a store has ever acknowledged it, whoever has removed it or written over it since. */
export function wasStoredIn(shelf: Shelf, view: SessionView): boolean {
  const isLater = ({ incarnation, revision }: Stored) =>
    incarnation === view.incarnation && Number(revision) >= view.revision
  const tells = (record: Stored) => isLater(record) || !differenceOf(record, view)
  return isStoredIn(shelf, view) || shelf.ever(view.sessionName).some(tells)
}

export function attributeOf(attributes: unknown): number {
  return Number((attributes as { n?: number } | undefined)?.n ?? 0)
}
