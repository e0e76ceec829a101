import type { HostSession } from '../contracts/session-host.ts'
import type { Copy, StoredRecord } from '../record/parse-record.ts'
import type { StoreAnswer } from '../replication/store-answer.ts'
import type { StoreRef } from '../replication/store-ref.ts'
import type { RecordProblem } from './reconcile-types.ts'

/** What all stores together have of one session. */
export interface Copies {
  /** Records of this workspace and incarnation, or of its name where an incarnation is unknown on one side. */
  readonly mine: readonly StoredRecord[]
  /** True when another incarnation's record, or that of another workspace, stands under its name. */
  readonly replaced: boolean
  readonly newer: boolean
  readonly readFrom: readonly StoreRef[]
  readonly otherNames: readonly string[]
  readonly problems: readonly RecordProblem[]
}

/**
 * Gives the function that finds what stores have of a session and its workspace, by incarnation under any name and by name.
 * Whose the session is was settled before: a record that names another workspace is nobody's word.
 */
export function collectCopies(answers: readonly StoreAnswer[]): (session: HostSession, workspace: string) => Copies {
  const byIncarnation = new Map<string, StoredRow[]>()
  for (const { store, copies } of answers) {
    for (const [name, copy] of copies) {
      if (copy.kind !== 'found' || copy.record.incarnation === undefined) continue
      const rows = byIncarnation.get(copy.record.incarnation) ?? []
      rows.push({ name, store, record: copy.record })
      byIncarnation.set(copy.record.incarnation, rows)
    }
  }
  return ({ sessionName, incarnation }, workspace) => {
    const here = answers.flatMap(({ store, copies }) => {
      const copy = copies.get(sessionName)
      return copy ? [{ store, copy }] : []
    })
    const named = here.flatMap(({ store, copy }) =>
      copy.kind === 'found' ? [{ name: sessionName, store, record: copy.record }] : [],
    )
    const moved = (incarnation === undefined ? [] : (byIncarnation.get(incarnation) ?? [])).filter(
      ({ name }) => name !== sessionName,
    )
    const isOf = ({ record }: StoredRow) =>
      record.workspace === workspace && (!record.incarnation || !incarnation || record.incarnation === incarnation)
    const elsewhere = moved.filter(isOf)
    const strangers = [...named, ...moved].filter(({ record }) => record.workspace !== workspace)
    return {
      mine: withoutSecondHand([...named.filter(isOf), ...elsewhere]),
      replaced: !named.every(isOf),
      newer: here.some(({ copy }) => copy.kind === 'newer'),
      readFrom: here.map(({ store }) => store),
      otherNames: [...new Set(elsewhere.map(({ name }) => name))],
      problems: [
        ...here.flatMap(({ store, copy }) => problemOf(store, sessionName, copy)),
        ...strangers.map(({ store, name, record }) => strangerOf(store, name, record, workspace)),
      ],
    }
  }
}

interface StoredRow {
  readonly name: string
  readonly store: StoreRef
  readonly record: StoredRecord
}

/**
 * The records of a session. One that a session carries itself can be written by whatever runs in it: where another store
 * has a record, it decides nothing, and its counts are joined all the same.
 */
function withoutSecondHand(rows: readonly StoredRow[]): StoredRecord[] {
  const isDecided = rows.some(({ store }) => !store.liveOnly)
  return rows.map(({ store, record }) => (isDecided && store.liveOnly ? { ...record, revision: -1 } : record))
}

function strangerOf({ label }: StoreRef, sessionName: string, record: StoredRecord, workspace: string): RecordProblem {
  const message = `it is of workspace ${JSON.stringify(record.workspace)}, and the session is of ${JSON.stringify(workspace)}`
  return { store: label, sessionName, code: 'STORE_RECORD_FOREIGN', message }
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
