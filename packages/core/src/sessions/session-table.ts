import type { Clock } from '../base/clock.ts'
import type { HostSession } from '../contracts/session-host.ts'
import { newRunId } from '../record/run-id.ts'
import { identityOf, leavesRecord, type Session } from './session.ts'

/** The most deleted incarnations remembered. Records of older deletions expire as orphans. */
const MOST_DELETED = 10_000

/** Every session that the pool has to do with, in whatever phase, and the ways to find it. */
export function createSessionTable(clock: Clock) {
  /** The random id of this run. */
  const run = newRunId(clock.date())
  /** Living sessions. */
  const byWorkspace = new Map<string, Session>()
  /** The living session of each name, else the tombstone that some store has yet to acknowledge. */
  const byName = new Map<string, Session>()
  /** Sessions being created; apart from `byName`, where the tombstone of an earlier session may still stand. */
  const creating = new Map<string, Session>()
  /** Sessions that the host may still list though they are not to be taken: not ready, or ended a moment ago. */
  const byIdentity = new Map<string, Session>()
  /** The oldest first. A tombstone makes room when its name is used again; that its session was deleted stays known. */
  const deletedIncarnations = new Set<string>()
  let changed: Session[] = []

  const named = (sessionName: string): Session | undefined => {
    const session = byName.get(sessionName)
    return session && isLiving(session) ? session : undefined
  }
  const tombstone = (sessionName: string): Session | undefined => {
    const session = byName.get(sessionName)
    return session && !isLiving(session) ? session : undefined
  }
  const removeName = (session: Session): void => {
    const { sessionName } = session.hosted
    if (byName.get(sessionName) === session) byName.delete(sessionName)
  }
  /** Notes that stores lack the session as it is. */
  const noteChanged = (session: Session): void => {
    if (session.changedSince !== undefined) return
    session.changedSince = clock.now()
    changed.push(session)
  }

  return {
    run,
    /** The id of the next life of a session in this run. */
    nextLife: (): string => newRunId(clock.date()),

    /** The living session of a workspace. */
    get: (workspace: string): Session | undefined => byWorkspace.get(workspace),
    /** The living session of that name. */
    named,
    /** The tombstone of that name. */
    tombstone,
    subject: (sessionName: string): Session | undefined => byName.get(sessionName),
    living: (): Session[] => [...byWorkspace.values()],
    /** How many live. */
    size: (): number => byWorkspace.size,
    tombstones: (): Session[] => [...byName.values()].filter((session) => !isLiving(session)),
    /** Whether it lives in this pool, and its workspace is not another's. */
    has: (session: Session): boolean => byWorkspace.get(session.workspace) === session,
    /** The record that stays behind a session of that incarnation, with the name that it had at the end. */
    leftBehind(incarnation: string | undefined): Session | undefined {
      if (incarnation === undefined) return undefined
      for (const session of byName.values())
        if (leavesRecord(session) && session.hosted.incarnation === incarnation) return session
      return undefined
    },

    /** Keeps a place for a session that is being made. */
    startCreating: (session: Session): void => void creating.set(session.hosted.sessionName, session),
    /** It lives, or was given up: `sessionName` is the one that it was to have. */
    stopCreating(session: Session, sessionName: string): void {
      if (creating.get(sessionName) === session) creating.delete(sessionName)
    },
    isCreating: (sessionName: string): boolean => creating.has(sessionName),
    creatingCount: (): number => creating.size,

    /** A session lives from now on, or goes on living. */
    addLiving(session: Session): void {
      session.phase = 'live'
      byIdentity.delete(identityOf(session.hosted))
      byWorkspace.set(session.workspace, session)
      byName.set(session.hosted.sessionName, session)
    },
    /** Takes the host's newest view of a living session, a new name included. */
    update(session: Session, hosted: HostSession): void {
      removeName(session)
      session.hosted = hosted
      byName.set(hosted.sessionName, session)
    },
    /** A session lives no longer. It is remembered against listings of the host that began before. */
    end(session: Session, phase: 'ended' | 'deleted'): void {
      if (byWorkspace.get(session.workspace) === session) byWorkspace.delete(session.workspace)
      removeName(session)
      session.phase = phase
      session.endedAt = clock.now()
      byIdentity.set(identityOf(session.hosted), session)
    },
    /** It was made, did not become ready, and lives on: it is not to be taken for a session of the pool. */
    setUnready(session: Session): void {
      session.phase = 'unready'
      byIdentity.set(identityOf(session.hosted), session)
    },
    /** One that was not ready is killed now. */
    forgetUnready: (hosted: HostSession): boolean => byIdentity.delete(identityOf(hosted)),
    isUnready: (hosted: HostSession): boolean => byIdentity.get(identityOf(hosted))?.phase === 'unready',
    /** Whether a session ended since that moment, monotonic ms: a listing that began then may still have it. */
    hasEndedSince(hosted: HostSession, since: number): boolean {
      const session = byIdentity.get(identityOf(hosted))
      return session !== undefined && session.phase !== 'unready' && session.endedAt >= since
    },
    /** Forgets what ended before that moment; every listing that may still have it is over. */
    forgetEnded(before: number): void {
      for (const [identity, { phase, endedAt }] of byIdentity)
        if (phase !== 'unready' && endedAt < before) byIdentity.delete(identity)
    },

    /** Has a tombstone stand under a name, unless a session lives under it. */
    bury(session: Session): void {
      if (!named(session.hosted.sessionName)) byName.set(session.hosted.sessionName, session)
    },
    /** Nobody has to be told of that tombstone any more. */
    removeTombstone(session: Session): void {
      if (!isLiving(session)) removeName(session)
    },
    /** Remembers that this session is deleted, whatever becomes of its name. */
    noteDeleted(incarnation: string | undefined): void {
      if (incarnation === undefined) return
      deletedIncarnations.delete(incarnation)
      deletedIncarnations.add(incarnation)
      const [oldest] = deletedIncarnations
      if (deletedIncarnations.size > MOST_DELETED && oldest !== undefined) deletedIncarnations.delete(oldest)
    },
    isDeleted: (incarnation: string | undefined): boolean =>
      incarnation !== undefined && deletedIncarnations.has(incarnation),

    /** Bumps the revision, and notes that stores lack it. On the path of every request. */
    change(session: Session): void {
      session.revision += 1
      session.run = session.life
      session.claimed = true
      noteChanged(session)
    },
    noteChanged,
    /** What has changed since the last call, with the moment of the first change. */
    takeChanged(): Array<{ readonly session: Session; readonly since: number }> {
      const taken = changed
      changed = []
      return taken.flatMap((session) => {
        const since = session.changedSince
        session.changedSince = undefined
        return since === undefined ? [] : [{ session, since }]
      })
    },
  }
}

function isLiving({ phase }: Session): boolean {
  return phase === 'live' || phase === 'ending'
}

export type SessionTable = ReturnType<typeof createSessionTable>
