import type { HostSession } from '../contracts/session-host.ts'
import type { Copy, StoredRecord } from '../record/parse-record.ts'
import type { StoreAnswer } from '../replication/store-answer.ts'
import type { StoreRef } from '../replication/store-ref.ts'
import type { RecordProblem } from './reconcile-types.ts'

/** What all stores together have of one session. */
export interface Copies {
  /** Records of this incarnation, or of a name whose incarnation is unknown on one side. */
  readonly mine: readonly StoredRecord[]
  /** True when one of `mine` names this very incarnation. */
  readonly sameIncarnation: boolean
  /** True when another incarnation's record stands under its name. */
  readonly replaced: boolean
  readonly newer: boolean
  readonly readFrom: readonly StoreRef[]
  readonly otherNames: readonly string[]
  readonly problems: readonly RecordProblem[]
}

/** Gives the function that finds a session's copies, by incarnation under any name and by name. */
export function collectCopies(answers: readonly StoreAnswer[]): (session: HostSession) => Copies {
  const byIncarnation = new Map<string, Array<{ name: string; record: StoredRecord }>>()
  for (const { copies } of answers) {
    for (const [name, copy] of copies) {
      if (copy.kind !== 'found' || copy.record.incarnation === undefined) continue
      const rows = byIncarnation.get(copy.record.incarnation) ?? []
      rows.push({ name, record: copy.record })
      byIncarnation.set(copy.record.incarnation, rows)
    }
  }
  return ({ sessionName, incarnation }) => {
    const elsewhere = (incarnation === undefined ? [] : (byIncarnation.get(incarnation) ?? [])).filter(
      ({ name }) => name !== sessionName,
    )
    const here = answers.flatMap(({ store, copies }) => {
      const copy = copies.get(sessionName)
      return copy ? [{ store, copy }] : []
    })
    const records = here.flatMap(({ copy }) => (copy.kind === 'found' ? [copy.record] : []))
    const fits = (record: StoredRecord) => !record.incarnation || !incarnation || record.incarnation === incarnation
    const mine = [...records.filter(fits), ...elsewhere.map(({ record }) => record)]
    const readFrom = here.map(({ store }) => store)
    return {
      mine,
      sameIncarnation: mine.some((record) => record.incarnation !== undefined && record.incarnation === incarnation),
      replaced: records.some((record) => !fits(record)),
      newer: here.some(({ copy }) => copy.kind === 'newer'),
      readFrom,
      otherNames: [...new Set(elsewhere.map(({ name }) => name))],
      problems: here.flatMap(({ store, copy }) => problemOf(store, sessionName, copy)),
    }
  }
}

/** What a copy that is not a record of ours has to be reported as; nothing for the others. */
export function problemOf({ label }: StoreRef, sessionName: string, copy: Copy): RecordProblem[] {
  const problem = (code: RecordProblem['code'], message: string) => [{ store: label, sessionName, code, message }]
  if (copy.kind === 'unreadable') return problem('STORE_RECORD_UNREADABLE', copy.reason)
  if (copy.kind === 'newer')
    return problem('STORE_RECORD_NEWER', `schemaVersion ${copy.schemaVersion} is of a newer release`)
  if (copy.kind === 'foreign') return problem('STORE_RECORD_FOREIGN', `it belongs to the pool ${copy.pool}`)
  return []
}
