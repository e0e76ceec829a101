import type { HostSession } from '../contracts/session-host.ts'
import type { Copy, StoredRecord } from '../record/parse-record.ts'
import type { StoreAnswer } from '../replication/store-answer.ts'
import type { StoreRef } from '../replication/store-ref.ts'
import type { RecordProblem } from './reconcile-types.ts'

/** The copies of one session in all stores. */
export interface Copies {
  /** Records of this incarnation. A record under its name also counts if the host or the record does not say which incarnation. */
  readonly mine: readonly StoredRecord[]
  /** Whether one of `mine` has this very incarnation. */
  readonly sameIncarnation: boolean
  /** Whether a record of another incarnation is stored under its name. */
  readonly replaced: boolean
  /** Whether a record of a newer release is stored under its name. */
  readonly newer: boolean
  /** The stores that answered for its name. */
  readonly readFrom: readonly StoreRef[]
  /** Other names under which records of this incarnation are stored. */
  readonly otherNames: readonly string[]
  readonly problems: readonly RecordProblem[]
}

/** Returns a function that finds the copies of a session: those of its incarnation under any name, and those under its name. */
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

/** The problem to report for a copy that cannot be used; empty for others. */
export function problemOf({ label }: StoreRef, sessionName: string, copy: Copy): RecordProblem[] {
  const problem = (code: RecordProblem['code'], message: string) => [{ store: label, sessionName, code, message }]
  if (copy.kind === 'unreadable') return problem('STORE_RECORD_UNREADABLE', copy.reason)
  if (copy.kind === 'newer')
    return problem('STORE_RECORD_NEWER', `schemaVersion ${copy.schemaVersion} was written by a newer release`)
  if (copy.kind === 'foreign') return problem('STORE_RECORD_FOREIGN', `the record belongs to the pool ${copy.pool}`)
  return []
}
