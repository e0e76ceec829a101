import type { StoredRecord } from '@sessionkeep/contracts'
import type { HostSession } from '@sessionkeep/contracts/host'
import { forEachYielding } from '@sessionkeep/contracts/internal'
import type { AnsweredCopy, StoreAnswer, StoreRef } from '@sessionkeep/replication'
import type { RecordProblem } from './reconcile-types.ts'

/** The copies of one session in all stores. */
export interface Copies {
  /**
   * Records of this workspace and incarnation. A record under its name also counts if the host or the record does not say which
   * incarnation.
   */
  readonly mine: readonly StoredRecord[]
  /** Records of earlier sessions of this workspace under its name. */
  readonly earlier: readonly StoredRecord[]
  /** Records of the session that it resumes, as its stamp says. They may be under another name, which that session had last. */
  readonly resumed: readonly StoredRecord[]
  /** Whether a record of another incarnation or another workspace is stored under its name. */
  readonly replaced: boolean
  /** Whether a record of a newer release is stored under its name. */
  readonly newer: boolean
  /** The stores that answered for its name. */
  readonly readFrom: readonly StoreRef[]
  /** Other names under which records of this incarnation are stored. */
  readonly otherNames: readonly string[]
  readonly problems: readonly RecordProblem[]
}

/** Finds the copies of a session. `hasRecord`: whether memory has its record already. */
export type CopiesOf = (session: HostSession, workspace: string, hasRecord: boolean) => Copies

/**
 * Returns a function that finds the copies of a session and its workspace: those of its incarnation under any name, and those
 * under its name. The caller has already settled which workspace the session belongs to, so that records of other workspaces
 * do not count.
 */
export async function collectCopies(
  answers: readonly StoreAnswer[],
  stores: readonly StoreRef[] = [],
): Promise<CopiesOf> {
  const isCarriedAlone = ![...stores, ...answers.map(({ store }) => store)].some(({ liveOnly }) => !liveOnly)
  const byIncarnation = new Map<string, StoredRow[]>()
  for (const { store, copies } of answers) {
    // A record that a session carries is under the present name of that session, and must say nothing of other sessions.
    if (store.liveOnly) continue
    await forEachYielding(copies, ([name, copy]) => {
      if (copy.kind !== 'found' || copy.record.incarnation === undefined) return
      const rows = byIncarnation.get(copy.record.incarnation) ?? []
      rows.push({ name, store, record: copy.record })
      byIncarnation.set(copy.record.incarnation, rows)
    })
  }
  return ({ sessionName, incarnation, resumes }, workspace, hasRecord) => {
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
    const ofOtherWorkspaces = [...named, ...moved].filter(({ record }) => record.workspace !== workspace)
    const mine = [...named.filter(isOf), ...elsewhere]
    const isOnlyOne = !hasRecord && mine.every(({ store }) => store.liveOnly)
    return {
      mine: mine.map(({ store, record }) =>
        store.liveOnly && !isCarriedAlone ? demoted(record, isOnlyOne) : withoutTrust(record, store),
      ),
      // A record that a session carries must say nothing of earlier sessions either.
      earlier: named
        .filter((row) => row.record.workspace === workspace && !row.store.liveOnly && !isOf(row))
        .map(({ record, store }) => withoutTrust(record, store)),
      resumed: (byIncarnation.get(resumes ?? '') ?? [])
        .filter(({ record }) => record.workspace === workspace)
        .map(({ record, store }) => withoutTrust(record, store)),
      replaced: !named.every(isOf),
      newer: here.some(({ copy }) => copy.kind === 'newer'),
      readFrom: here.map(({ store }) => store),
      otherNames: [...new Set(elsewhere.map(({ name }) => name))],
      problems: [
        ...here.flatMap(({ store, copy }) => problemOf(store, sessionName, copy)),
        ...ofOtherWorkspaces.map(({ store, name, record }) => wrongWorkspaceProblem(store, name, record, workspace)),
      ],
    }
  }
}

/** A record, and where it is stored. */
interface StoredRow {
  readonly name: string
  readonly store: StoreRef
  readonly record: StoredRecord
}

/**
 * Takes from a record that a session carries what the programs in that session must not decide, since they can write it. Its counts
 * and times stay. Its status and attributes count only while no other store has a record: revision -1 loses to any other.
 */
function demoted(record: StoredRecord, isOnlyOne: boolean): StoredRecord {
  const { attributesAt: _1, place: _2, tries: _3, ended: _4, expiresAt: _5, ...known } = record
  const { past: _6, generation: _7, startedAt: _8, boot: _9, attributes, ...counted } = known
  return { ...counted, ...(isOnlyOne && attributes !== undefined && { attributes }), revision: -1 }
}

/**
 * The record as it may be used. Whoever can write to a store that other machines share could have any command started, so the pool
 * shows a command that comes from there, and never starts it: `launch` or the call must give the command.
 */
export function withoutTrust(record: StoredRecord, { shared }: StoreRef): StoredRecord {
  if (!shared || record.place?.command === undefined) return record
  return { ...record, place: { ...record.place, withheld: true } }
}

/** The problem to report for a record of another workspace. */
function wrongWorkspaceProblem(
  { label }: StoreRef,
  sessionName: string,
  record: StoredRecord,
  workspace: string,
): RecordProblem {
  const message = `the record is of workspace ${JSON.stringify(record.workspace)}, and the session is of ${JSON.stringify(workspace)}`
  return { store: label, sessionName, code: 'STORE_RECORD_FOREIGN', message }
}

/** The problem to report for a copy that cannot be used; empty for others. */
export function problemOf({ label }: StoreRef, sessionName: string, copy: AnsweredCopy): RecordProblem[] {
  const problem = (code: RecordProblem['code'], message: string) => [{ store: label, sessionName, code, message }]
  if (copy.kind === 'unreadable') return problem('STORE_RECORD_UNREADABLE', copy.reason)
  if (copy.kind === 'newer')
    return problem('STORE_RECORD_NEWER', `a newer release wrote the record (schemaVersion ${copy.schemaVersion})`)
  if (copy.kind === 'foreign') return problem('STORE_RECORD_FOREIGN', `the record belongs to the pool ${copy.pool}`)
  if (copy.kind === 'elsewhere')
    return problem('STORE_RECORD_FOREIGN', `the session of the record lives elsewhere: ${copy.detail}`)
  return []
}
