import type { Clock } from '@sessionkeep/contracts'
import type { HostSession } from '@sessionkeep/contracts/host'
import { createChanges, identityOf, newRunId } from '@sessionkeep/contracts/internal'
import { isLiving, leavesRecord, type Session } from './session.ts'

/** How many to remember of each: workspaces whose session ended by itself, and deleted incarnations. Records of older deletions expire as orphans. */
const MOST_REMEMBERED = 10_000

const remember = (values: Set<string>, value: string): void => {
  values.delete(value)
  values.add(value)
  const [oldest] = values
  if (values.size > MOST_REMEMBERED && oldest !== undefined) values.delete(oldest)
}

/** The table of all sessions of the pool in every phase, with an index for each way to find one. */
export function createSessionTable(clock: Clock) {
  /** The id of this run; ids of later runs sort after it. */
  const run = newRunId(clock.date())
  /** The living sessions. */
  const byWorkspace = new Map<string, Session>()
  /** The living session of each name, or else the tombstone that some store has not acknowledged yet. */
  const byName = new Map<string, Session>()
  /** Sessions that are being created. They are not in `byName`, which may still hold the tombstone of an earlier session. */
  const creating = new Map<string, Session>()
  /** The number of places that are kept for sessions whose creation has not begun yet. */
  let reserved = 0
  /** Sessions that the host may still list, and that must not be found: they are not ready, or ended a moment ago. */
  const byIdentity = new Map<string, Session>()
  /** The deleted incarnations, the oldest first. A tombstone is replaced when its name is used again, but the deletion must stay known. */
  const deletedIncarnations = new Set<string>()
  /** The tombstones by incarnation. A session that was renamed may have several. */
  const byIncarnation = new Map<string, Set<Session>>()
  /** The workspaces whose latest session ended by itself, the oldest first. */
  const gone = new Set<string>()
  let changed: Session[] = []
  const changes = createChanges(clock)

  const withName = (sessionName: string, lives: boolean): Session | undefined => {
    const session = byName.get(sessionName)
    return session && isLiving(session) === lives ? session : undefined
  }
  const named = (sessionName: string): Session | undefined => withName(sessionName, true)
  const tombstone = (sessionName: string): Session | undefined => withName(sessionName, false)
  const removeName = (session: Session): void => {
    if (byName.get(session.hosted.sessionName) === session) byName.delete(session.hosted.sessionName)
  }
  const forgetTombstone = (session: Session): void => {
    const { incarnation = '' } = session.hosted
    const all = byIncarnation.get(incarnation)
    if (all?.delete(session) && all.size === 0) byIncarnation.delete(incarnation)
  }
  const removeTombstone = (session: Session): void => {
    if (isLiving(session)) return
    removeName(session)
    forgetTombstone(session)
  }
  /** Gives a name to a session. An ended session that loses it is not written any more: its records under other names stay, or are left to its heir. */
  const setName = (session: Session): void => {
    const former = byName.get(session.hosted.sessionName)
    byName.set(session.hosted.sessionName, session)
    if (!former || former === session) return
    forgetTombstone(former)
    if (!leavesRecord(former)) return
    const heir = session.successor ?? session
    for (const one of byName.values()) {
      if (one.successor !== former) continue
      if (heir.workspace === former.workspace) Object.assign(one, { successor: heir, revision: heir.revision })
      else removeTombstone(one)
    }
  }
  /** Notes that the stores do not have the latest state of the session. */
  const noteChanged = (session: Session): void => {
    if (session.changedSince !== undefined) return
    session.changedSince = clock.now()
    changed.push(session)
  }

  return {
    run,
    /** Wakes calls that wait until a session or a request ends. Code that ends one calls `tell()`. */
    changes,
    /** A new id for the life of a session in this run. */
    nextLife: (): string => newRunId(clock.date()),

    /** The living session of a workspace. */
    get: (workspace: string): Session | undefined => byWorkspace.get(workspace),
    /** The living session of a name. */
    named,
    /** The tombstone of a name. */
    tombstone,
    /** The living session of a name, or else its tombstone. */
    subject: (sessionName: string): Session | undefined => byName.get(sessionName),
    living: (): Session[] => [...byWorkspace.values()],
    /** The number of living sessions. */
    size: (): number => byWorkspace.size,
    tombstones: (): Session[] => [...byName.values()].filter((session) => !isLiving(session)),
    /** Whether this very session is the living session of its workspace. */
    has: (session: Session): boolean => byWorkspace.get(session.workspace) === session,
    /** The ended session or orphan of that incarnation, whose record stays until it expires. */
    orphanOf: (incarnation: string | undefined): Session | undefined =>
      [...(byIncarnation.get(incarnation ?? '') ?? [])].filter(leavesRecord).at(-1),
    /** See `SessionsPort`. */
    tombstonesLike: (session: Session): ReadonlySet<Session> =>
      byIncarnation.get(session.hosted.incarnation ?? '') ?? new Set([session]),

    /** Reserves a place, so that sessions being created count towards the limit. */
    startCreating: (session: Session): void => void creating.set(session.hosted.sessionName, session),
    /** Called when the creation succeeded or failed. `sessionName` is the name that was planned. */
    stopCreating(session: Session, sessionName: string): void {
      if (creating.get(sessionName) === session) creating.delete(sessionName)
    },
    isCreating: (sessionName: string): boolean => creating.has(sessionName),
    /** The sessions that are being created. */
    creating: (): Session[] => [...creating.values()],
    /** The number of sessions that are being created, or have a place that is kept for them. */
    creatingCount: (): number => creating.size + reserved,
    /** Keeps a place for a session whose creation begins later. The function that is returned gives it up. */
    reserve(): () => void {
      reserved += 1
      let isKept = true
      return () => {
        if (isKept) reserved -= 1
        isKept = false
      }
    },

    /** Adds a session as the living one of its workspace and name. */
    addLiving(session: Session): void {
      session.phase = 'live'
      byIdentity.delete(identityOf(session.hosted))
      gone.delete(session.workspace)
      byWorkspace.set(session.workspace, session)
      setName(session)
    },
    /** Replaces what the host reports of a living session; its name may have changed. */
    update(session: Session, hosted: HostSession): void {
      removeName(session)
      session.hosted = hosted
      setName(session)
    },
    /** Removes a session that has ended. It is remembered for a while, because a listing of the host that began before may still contain it. */
    end(session: Session, phase: 'ended' | 'deleted'): void {
      if (byWorkspace.get(session.workspace) === session) byWorkspace.delete(session.workspace)
      removeName(session)
      session.phase = phase
      session.endedAt = clock.now()
      byIdentity.set(identityOf(session.hosted), session)
      changes.tell()
    },
    /** Remembers that the session of a workspace ended by itself, until the workspace has another one. */
    noteGone: (workspace: string): void => remember(gone, workspace),
    /** Whether the latest session of a workspace ended by itself, as far as this run knows. */
    isGone: (workspace: string): boolean => gone.has(workspace),
    /** Marks a session that did not become ready and could not be killed, so that it is not found as a living one. */
    setUnready(session: Session): void {
      session.phase = 'unready'
      byIdentity.set(identityOf(session.hosted), session)
    },
    /** Called when an unready session has been killed. */
    forgetUnready: (hosted: HostSession): boolean => byIdentity.delete(identityOf(hosted)),
    isUnready: (hosted: HostSession): boolean => byIdentity.get(identityOf(hosted))?.phase === 'unready',
    /** Whether a session ended after `since` (monotonic ms), so that a listing that began then may still contain it. */
    hasEndedSince(hosted: HostSession, since: number): boolean {
      const session = byIdentity.get(identityOf(hosted))
      return session !== undefined && session.phase !== 'unready' && session.endedAt >= since
    },
    /** Forgets sessions that ended before that time, because no running listing can contain them. */
    forgetEnded(before: number): void {
      for (const [identity, { phase, endedAt }] of byIdentity)
        if (phase !== 'unready' && endedAt < before) byIdentity.delete(identity)
    },

    /** Adds a tombstone under its name, unless a living session has that name. */
    addTombstone(session: Session): void {
      const { sessionName, incarnation } = session.hosted
      if (named(sessionName)) return
      setName(session)
      const all = byIncarnation.get(incarnation ?? '') ?? new Set()
      if (incarnation !== undefined) byIncarnation.set(incarnation, all.add(session))
    },
    /** Called when every store has acknowledged the tombstone. */
    removeTombstone,
    /** Remembers that this incarnation was deleted, also after its name is used again. */
    noteDeleted(incarnation: string | undefined): void {
      if (incarnation !== undefined) remember(deletedIncarnations, incarnation)
    },
    isDeleted: (incarnation: string | undefined): boolean =>
      incarnation !== undefined && deletedIncarnations.has(incarnation),

    /** Increases the revision, and notes that the stores do not have it. Called for every request, so it must be cheap. */
    change(session: Session): void {
      session.revision += 1
      session.run = session.life
      session.claimed = true
      noteChanged(session)
    },
    noteChanged,
    /** Returns the sessions that have changed since the last call, each with the time of its first change (monotonic ms). */
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

export type SessionTable = ReturnType<typeof createSessionTable>
