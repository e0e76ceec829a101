import { join, type StoredRecord } from '@sessionkeep/contracts'
import type { HostSession } from '@sessionkeep/contracts/host'
import { identityOf, isProvenOf, mayBeUnreadable } from '@sessionkeep/contracts/internal'
import type { StoreAnswer } from '@sessionkeep/replication'
import { isDeliberate } from '@sessionkeep/resume'
import { type Copies, type CopiesOf, collectCopies } from './collect-copies.ts'
import { createOrphanList } from './orphan-list.ts'
import type { DoubtfulStamp, Finding, KnownSession, Orphan, ReconcileInput, Reconciliation } from './reconcile-types.ts'

/**
 * Compares the living sessions with the records and with memory. Decides which sessions belong to the pool, which records are
 * theirs, which known sessions are gone, and which records are orphans. A pure function: it reads no clock and writes
 * nothing.
 */
export function reconcile(input: ReconcileInput): Reconciliation {
  const { live, known, answers } = input
  const living = live.filter((session) => !session.exited)
  const foreign: HostSession[] = []
  const findings: Finding[] = []
  const copiesOf = collectCopies(answers, input.stores)
  const knownAs = indexKnown(known)
  for (const session of living) {
    const found = findingOf(session, input, knownAs(session), copiesOf)
    if (found) findings.push(found)
    else foreign.push(session)
  }
  // Another program may have made a session under the name of a lost one. The record of the lost one is an orphan all the same.
  const leftAlone = new Set(input.keepsLost ? foreign.filter(({ pool }) => pool === undefined) : [])
  const exited = live.filter((session) => session.exited)
  const unseen = exited.filter((session) => session.end && session.pool === input.pool && !knownAs(session))
  const endedUnseen = unseen.flatMap((session) => findingOf(session, input, undefined, copiesOf) ?? [])
  const { chosen, conflicts } = onePerWorkspace(findings, input)
  const seen = new Set(chosen.map(({ known }) => known))
  const mayLive = mayBeUnreadable(input.unreadable ?? [])
  return {
    names: new Set(living.map(({ sessionName }) => sessionName)),
    findings: chosen,
    conflicts: conflicts.map(({ session }) => session.sessionName),
    gone: known.filter((one) => !seen.has(one) && !mayLive(one.session)),
    exited,
    endedUnseen,
    foreign: foreign.map(({ sessionName }) => sessionName),
    unstamped: foreign.filter(({ pool }) => pool === undefined).map(({ sessionName }) => sessionName),
    doubtful: living.flatMap((session) => doubtOf(session, input)),
    orphans: orphansOf(
      answers,
      living.filter((one) => !leftAlone.has(one)),
    ).filter(({ sessionName, copies }) => !mayLive({ sessionName, incarnation: copies[0]?.incarnation })),
  }
}

function findingOf(
  session: HostSession,
  input: ReconcileInput,
  known: KnownSession | undefined,
  copiesOf: CopiesOf,
): Finding | undefined {
  const { pool } = input
  if (session.pool !== undefined && session.pool !== pool) return undefined
  // The stamp proves ownership, and the name claims it. A record must do neither, since anybody may be able to write one.
  const isStamped = session.pool === pool
  const workspace = known?.workspace ?? (isStamped ? session.workspace : input.decode(session.sessionName))
  if (workspace === undefined || input.encode(workspace) === undefined) return undefined
  const copies = copiesOf(session, workspace, known?.hasRecord === true)
  if (!known && !isStamped && !mayTakeIn(session, input)) return undefined
  if (!known && !isStamped && input.keepsLost && copies.mine.length === 0) {
    if (copies.earlier.some(({ ended }) => !isDeliberate(ended?.cause))) return undefined
  }
  const resumes = isStamped ? resumedBy(session, copies) : undefined
  const answered = new Set([...copies.readFrom, ...(known?.readFrom ?? [])])
  const replaced = copies.replaced || known?.replaced === true
  const isUnverified =
    input.indeterminate === true ||
    copies.newer ||
    (known ?? input).unread === true ||
    input.stores.some((store) => !answered.has(store))
  return {
    session,
    workspace,
    known,
    proven: isProvenOf(pool, session),
    copies: copies.mine,
    earlier: copies.earlier,
    resumes,
    outcome:
      resumes || copies.mine.some((record) => !known?.wrote?.(record))
        ? 'recovered'
        : isUnverified
          ? 'unverified'
          : replaced
            ? 'recreated'
            : 'adopted',
    replaced,
    readFrom: copies.readFrom,
    movedFrom: copies.otherNames,
    problems: copies.problems,
  }
}

/** Whether the pool takes in a session by its name: no other pool is creating it, and `takeIn` allows it. */
const mayTakeIn = (session: HostSession, { pool, takeIn }: ReconcileInput): boolean =>
  (session.madeFor ?? pool) === pool && takeIn(session)

/** The record of the session that this one resumes: the stamp of this one names its incarnation, or else the time of its last attempt. */
function resumedBy(
  { resumes, createdAt, createdAtSource }: HostSession,
  { earlier, resumed }: Copies,
): StoredRecord | undefined {
  if (resumes !== undefined) return resumed.length > 0 ? resumed.reduce(join) : undefined
  return earlier.find(({ tries }) => tries && createdAtSource === 'stamp' && createdAt === tries.lastAt)
}

/** Why the stamp of a session is not used; empty when it is used, or when there is none. */
function doubtOf(
  { sessionName, pool, workspace, stampFault }: HostSession,
  { pool: own, encode }: Pick<ReconcileInput, 'pool' | 'encode'>,
): DoubtfulStamp[] {
  if (stampFault !== undefined) return [{ sessionName, reason: stampFault }]
  if (pool !== own || (workspace !== undefined && encode(workspace) !== undefined)) return []
  return [{ sessionName, reason: 'this pool cannot have the workspace that it names' }]
}

/** Returns a function that finds a living session in memory: by incarnation, so also after a rename; by name if the host has no incarnations. */
function indexKnown(known: readonly KnownSession[]): (session: HostSession) => KnownSession | undefined {
  const byIdentity = new Map(known.map((entry) => [identityOf(entry.session), entry]))
  return (session) => byIdentity.get(identityOf(session))
}

/**
 * Chooses one session for each workspace, since after a rename two may claim the same: the known one, else one that the
 * pool created and that has the name of the workspace, else one that it created, else one that it took in, else the older one.
 */
function onePerWorkspace(
  findings: Finding[],
  { encode, pool }: Pick<ReconcileInput, 'encode' | 'pool'>,
): { chosen: Finding[]; conflicts: Finding[] } {
  const rank = ({ known, proven, session, workspace }: Finding) => {
    if (known) return 0
    if (proven && encode(workspace) === session.sessionName) return 1
    if (proven) return 2
    return session.pool === pool ? 3 : 4
  }
  const sorted = [...findings].sort(
    (a, b) => rank(a) - rank(b) || (a.session.createdAt ?? 0) - (b.session.createdAt ?? 0),
  )
  const taken = new Map<string, Finding>()
  const conflicts: Finding[] = []
  for (const finding of sorted) {
    if (taken.has(finding.workspace)) conflicts.push(finding)
    else taken.set(finding.workspace, finding)
  }
  return { chosen: [...taken.values()], conflicts }
}

/** The records of the pool whose session does not live under any name. */
function orphansOf(answers: readonly StoreAnswer[], living: readonly HostSession[]): Orphan[] {
  const names = new Set(living.map(({ sessionName }) => sessionName))
  const incarnations = new Set(living.map(({ incarnation }) => incarnation))
  const found = createOrphanList()
  for (const { copies, store } of answers) {
    for (const [sessionName, copy] of copies) {
      if (copy.kind !== 'found' || names.has(sessionName)) continue
      const { incarnation } = copy.record
      if (incarnation === undefined || !incarnations.has(incarnation)) found.add(sessionName, copy.record, store)
    }
  }
  return found.orphans
}
