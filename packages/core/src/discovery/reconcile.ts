import { join, type StoredRecord } from '@sessionkeep/contracts'
import type { HostSession } from '@sessionkeep/contracts/host'
import { forEachYielding, identityOf, isProvenOf, mayBeUnreadable } from '@sessionkeep/contracts/internal'
import { isDeliberate } from '@sessionkeep/resume'
import { type Copies, type CopiesOf, collectCopies } from './collect-copies.ts'
import { createOrphanFinder } from './orphan-list.ts'
import type { DoubtfulStamp, Finding, KnownSession, ReconcileInput, Reconciliation } from './reconcile-types.ts'

/**
 * Compares the living sessions with the records and with memory. Decides which sessions belong to the pool, which records are
 * theirs, which known sessions are gone, and which records are orphans. It reads no clock and changes nothing, and it pauses
 * among thousands of sessions.
 */
export async function reconcile(input: ReconcileInput): Promise<Reconciliation> {
  const { live, known, answers, pool } = input
  const living = live.filter((session) => !session.exited)
  const exited = live.filter((session) => session.exited)
  const [foreign, doubtful, endedUnseen] = [[] as HostSession[], [] as DoubtfulStamp[], [] as Finding[]]
  const workspaces = createWorkspaces(input)
  const orphans = createOrphanFinder()
  const copiesOf = await collectCopies(answers, input.stores)
  const knownAs = await indexKnown(known)
  await forEachYielding(living, (session) => {
    const found = findingOf(session, input, knownAs(session), copiesOf)
    if (found) workspaces.add(found)
    else foreign.push(session)
    doubtful.push(...doubtOf(session, input))
    // Another program may have made a session under the name of a lost one. The record of the lost one is an orphan all the same.
    const isLeftAlone = !found && session.pool === undefined && input.keepsLost
    if (!isLeftAlone) orphans.addLiving(session)
  })
  await forEachYielding(exited, (session) => {
    if (!session.end || session.pool !== pool || knownAs(session)) return
    const found = findingOf(session, input, undefined, copiesOf)
    if (found) endedUnseen.push(found)
  })
  const findings = [...workspaces.chosen.values()]
  const seen = new Set(findings.map(({ known: one }) => one))
  const mayLive = mayBeUnreadable(input.unreadable ?? [])
  return {
    ...{ findings, exited, endedUnseen, doubtful, conflicts: workspaces.conflicts },
    names: new Set(living.map(({ sessionName }) => sessionName)),
    gone: known.filter((one) => !seen.has(one) && !mayLive(one.session)),
    foreign: foreign.map(({ sessionName }) => sessionName),
    unstamped: foreign.filter((session) => session.pool === undefined).map(({ sessionName }) => sessionName),
    orphans: await orphans.find(answers, mayLive),
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
async function indexKnown(known: readonly KnownSession[]): Promise<(session: HostSession) => KnownSession | undefined> {
  const byIdentity = new Map<string, KnownSession>()
  await forEachYielding(known, (entry) => byIdentity.set(identityOf(entry.session), entry))
  return (session) => byIdentity.get(identityOf(session))
}

/**
 * Chooses one session for each workspace, since after a rename two may claim the same: the known one, else one that the
 * pool created and that has the name of the workspace, else one that it created, else one that it took in, else the older one.
 */
function createWorkspaces({ encode, pool }: Pick<ReconcileInput, 'encode' | 'pool'>) {
  const rank = ({ known, proven, session, workspace }: Finding) => {
    if (known) return 0
    if (proven && encode(workspace) === session.sessionName) return 1
    if (proven) return 2
    return session.pool === pool ? 3 : 4
  }
  const isBefore = (a: Finding, b: Finding): boolean =>
    (rank(a) - rank(b) || (a.session.createdAt ?? 0) - (b.session.createdAt ?? 0)) < 0
  const chosen = new Map<string, Finding>()
  const conflicts: string[] = []
  return {
    /** The chosen session of each workspace. */
    chosen,
    /** The names of the others. */
    conflicts,
    add(finding: Finding): void {
      const other = chosen.get(finding.workspace)
      const isChosen = !other || isBefore(finding, other)
      if (isChosen) chosen.set(finding.workspace, finding)
      const left = isChosen ? other : finding
      if (left) conflicts.push(left.session.sessionName)
    },
  }
}
