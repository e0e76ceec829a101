import { type Ended, join, type Logger, type SessionMetadata, type StoredRecord } from '@sessionkeep/contracts'
import type { HostSession, SessionEnd } from '@sessionkeep/contracts/host'
import { type AttributeCheck, type AttributePatch, joinPast, pastOf, sameJson } from '@sessionkeep/contracts/internal'
import type { ReplicaSet } from '@sessionkeep/replication'
import {
  carriedOver,
  endedOf,
  generationAfter,
  isDeliberate,
  keptScreen,
  type ResolvedHistory,
  type Surroundings,
} from '@sessionkeep/resume'
import type { EndedSessions } from './ended-sessions.ts'
import type { ChangedFact, EndReason, Events } from './events.ts'
import { changedFacts, type FactSources, silentSince } from './facts.ts'
import { mergeStored } from './merge-stored.ts'
import { derive, project } from './project.ts'
import type { Durability, Outcome, Session, SessionView, Started } from './session.ts'
import { createSession, lastActivityOf, ownAttributes, requestsOf, statusOf } from './session.ts'
import type { Tombstones } from './tombstones.ts'
import { viewOf } from './view.ts'

export interface SessionsOptions extends FactSources {
  readonly tombstones: Tombstones
  readonly ended: EndedSessions
  readonly replicas: ReplicaSet
  readonly check: AttributeCheck
  readonly events: Events
  readonly logger: Logger
  /** The owner of the sessions and records: the poolId, or else the prefix. */
  readonly pool: string
  /** How long the record of a session that ended by itself is kept, ms. */
  readonly orphanTtlMs: number
  readonly history: ResolvedHistory
  /** Whether the record of a session that was ended for its silence is kept, so that a request brings it back. */
  readonly keepsIdle: boolean
  /** The boot in which the host runs; undefined if nobody can say. */
  readonly boot: () => string | undefined
}

/** What was seen when a session was found to have ended. */
export interface SeenEnd {
  /** What the host knows of the end; undefined if it keeps nothing of the session. */
  readonly how: SessionEnd | undefined
  readonly surroundings: Surroundings
  /** Whether the host listed other sessions too. */
  readonly hasOthers: boolean
}

/** A session of this pool that the host lists, and how it compares with the stored records. */
export interface FoundSession {
  readonly workspace: string
  readonly hosted: HostSession
  readonly outcome: Outcome
  readonly proven: boolean
}

/** The lifecycle of the sessions of one pool: created or found, updated from the host, merged with stored records, ended. */
export function createSessions(options: SessionsOptions) {
  const { table, tombstones, ended, replicas, check, events, logger, clock, pool, orphanTtlMs } = options
  const { history, keepsIdle } = options

  /** Returns a function that says whether the latest state of a session is in a store that keeps it. */
  const isSavedIn =
    (retaining: ReturnType<ReplicaSet['retaining']>) =>
    (session: Session): boolean =>
      retaining.some(({ slots }) => slots.ackedRevision(session.hosted.sessionName, session) === session.revision)
  /** See {@link Durability}. */
  const durabilityOf = (session: Session): Durability => {
    const { hosted, outcome } = session
    const { sessionName } = hosted
    const isRead = () =>
      outcome !== 'unverified' &&
      !replicas.isUnread(sessionName, session) &&
      replicas.active().every(({ slots }) => slots.isRead(sessionName, session))
    return {
      verified: outcome === 'created' || isRead(),
      saved: isSavedIn(replicas.retaining())(session),
    }
  }
  const view = (session: Session): SessionView<unknown> => viewOf(session, pool, durabilityOf(session), options)
  /** Reports what has changed in the view of a session, if anybody listens. */
  const announce = (session: Session, changed: readonly ChangedFact[]): void => {
    if (changed.length === 0 || !events.isHeard('session:changed')) return
    events.emit('session:changed', { session: view(session), changed })
  }

  /** Merges a stored record into a living session, if it is of the same incarnation. */
  const mergeCopy = (session: Session, copy: StoredRecord): void => {
    // A session that this run created has no past: a record without an incarnation belongs to an earlier session of that name.
    const { incarnation, sessionName } = session.hosted
    const hasPast = session.outcome !== 'created' || (incarnation !== undefined && copy.incarnation === incarnation)
    if (copy.run === session.life || !hasPast) return
    if (!mergeStored(session, copy, check, clock.date())) return
    // The record says that the session has ended, so it has to be written again as living.
    if (copy.expiresAt !== undefined || copy.ended !== undefined) table.change(session)
    // Stores that answered earlier do not have these values yet.
    for (const replica of replicas.all()) if (replica.slots.isRead(sessionName, session)) replica.mark(sessionName)
  }

  /** Lets a session go on with the metadata of the ended one that it resumes. */
  const continueWith = (session: Session, former: StoredRecord, startedAt: number): void => {
    const { hosted, started } = session
    const past = carriedOver(former, { incarnation: hosted.incarnation, startedAt, boot: started?.boot })
    // Another gateway may have found the session first, and written a record without what it resumes.
    session.past = session.past ? join(past, session.past) : past
    session.revision = Math.max(session.revision, former.revision) + 1
  }

  const endedByPool = (session: Session, cause: 'deleted' | 'idle' | 'terminated'): Ended => {
    const interrupted = session.intent?.ended.interrupted
    return { at: clock.date(), cause, ...(interrupted && { interrupted }) }
  }

  /** How a session ended that the pool did not end. What the host keeps of its screen is cut to what the options allow. */
  const endedByItself = (session: Session, reason: EndReason | Ended['cause'], seen: SeenEnd | undefined): Ended => {
    const { how, surroundings = { endedWithServer: false }, hasOthers = true } = seen ?? {}
    const { started, past, outcome } = session
    const { screen: _screen, ...end } = how ?? {}
    const screen = keptScreen(how?.screen, session.env, history)
    return endedOf({
      how: how && { ...end, ...(screen !== undefined && { screen }) },
      isReplaced: reason === 'recreated',
      boot: (outcome === 'created' || !past ? started : past)?.boot,
      ...{ surroundings, hasOthers, isActive: statusOf(session) === 'active', now: clock.date() },
    })
  }

  return {
    table,
    tombstones,
    ended,
    pool,
    check,
    durabilityOf,
    /** The number of living sessions whose latest state is saved. */
    countSaved: (): number => table.living().filter(isSavedIn(replicas.retaining())).length,
    view,
    announce,
    mergeCopy,
    /** Emits `session:ended` for a session of which only the record was left. */
    emitEnded(record: StoredRecord): void {
      if (record.ended) events.emit('session:ended', { session: ended.view(record), ended: record.ended })
    },
    /** Adds the session of a stored record, which had this name before, to the past of a living one. */
    addEarlier(session: Session, former: StoredRecord): void {
      if (table.isDeleted(former.incarnation) || isDeliberate(former.ended?.cause)) return
      const known = joinPast(session.earlier, session.past?.past)
      const all = joinPast(known, pastOf(former))
      if (sameJson(all, known)) return
      session.earlier = all
      table.change(session)
    },
    /** Reserves a place for a session that is about to be created on the host. */
    startCreating(workspace: string, sessionName: string, attributes: AttributePatch | undefined): Session {
      const session = createSession({
        workspace,
        hosted: { sessionName },
        phase: 'creating',
        outcome: 'created',
        life: table.nextLife(),
        claimed: true,
        seenAliveAt: clock.now(),
      })
      if (attributes) session.own.attributesAt = clock.date()
      for (const [key, value] of attributes ?? [])
        ownAttributes(session).set(key, { value, at: session.own.attributesAt })
      table.startCreating(session)
      return session
    },
    /**
     * Adds a session that was created and is ready. `createdAt` is in ms since the epoch. `former`: the record of the session that
     * it resumes, whose metadata goes on.
     */
    finishCreating(
      session: Session,
      hosted: HostSession,
      createdAt: number,
      started: Started,
      former?: StoredRecord,
    ): void {
      table.stopCreating(session, session.hosted.sessionName)
      session.hosted = hosted
      session.guess = { createdAt: hosted.createdAt ?? createdAt, origin: 'created', lastActivityAt: createdAt }
      session.seenAliveAt = clock.now()
      session.silence = { since: clock.now(), requests: 0, at: createdAt, hostAt: hosted.lastActivityAt }
      if (former) continueWith(session, former, createdAt)
      session.started = former ? { ...started, generation: generationAfter(former), startedAt: createdAt } : started
      session.derived = derive(session, check, clock.date())
      const renamed = ended.records(session.workspace).filter(({ sessionName }) => sessionName !== hosted.sessionName)
      session.earlier = ended.take(session.workspace, () => true)
      table.addLiving(session)
      for (const record of renamed) tombstones.addForFormerSession(session, record)
      table.noteChanged(session)
      events.emit('session:created', { session: view(session) })
    },
    /** Adds a living session that this run did not create. `seenAt` is in monotonic ms. */
    addFound({ workspace, hosted, outcome, proven }: FoundSession, seenAt: number): Session {
      const { sessionName } = hosted
      const createdAt = hosted.createdAt ?? clock.date()
      const session = createSession({
        workspace,
        hosted,
        phase: 'live',
        outcome,
        proven,
        guess: {
          createdAt,
          origin: hosted.createdAt === undefined ? 'now' : (hosted.createdAtSource ?? 'host'),
          // A host that counts in whole seconds can put its last activity before our exact stamp.
          lastActivityAt: Math.max(createdAt, hosted.lastActivityAt ?? 0),
        },
        life: table.nextLife(),
        seenAliveAt: seenAt,
        started: startedIn(options.boot()),
      })
      session.silence.since = silentSince(session, hosted, options)
      replicas.noteFound(sessionName, session)
      // A session can be missing for a while and return. Its latest values are then in its tombstone, and not yet in every store.
      const last = table.orphanOf(hosted.incarnation)
      table.addLiving(session)
      if (last) mergeCopy(session, project(last, pool))
      // Without incarnations nobody can say whether a record is of this session or of a former one.
      const { incarnation } = hosted
      session.earlier = ended.take(
        workspace,
        (record) => !!incarnation && !!record.incarnation && record.incarnation !== incarnation,
      )
      return session
    },
    /** Takes over the metadata of the session that a living one resumes, if the pool that started it ended before it wrote that down. */
    finishResume(session: Session, former: StoredRecord): void {
      if ((session.past?.generation ?? 1) > (former.generation ?? 1)) return
      continueWith(session, former, session.guess.createdAt)
      session.derived = derive(session, check, clock.date())
      table.change(session)
    },
    /** Forgets the attempts to resume a session, since it is well. */
    clearTries(session: Session): void {
      session.tries = null
      table.change(session)
    },
    /** Notes that the pool is about to end a session. The record says so until it is removed, or the session is seen alive later. */
    intend(session: Session, cause: 'deleted' | 'idle' | 'terminated'): void {
      const isActive = statusOf(session) === 'active'
      const intended = { at: clock.date(), cause, ...(isActive && { interrupted: true as const }) }
      table.change(session)
      session.intent = { ended: intended, since: clock.now(), revision: session.revision }
    },
    /** Takes over what the host reports of a living session now. Any activity starts its silence anew. */
    updateFromHost(session: Session, hosted: HostSession, proven: boolean, seenAt: number): void {
      const { silence } = session
      const now = { requests: requestsOf(session), at: lastActivityOf(session), hostAt: hosted.lastActivityAt }
      const isSilent = silence.requests === now.requests && silence.at === now.at && silence.hostAt === now.hostAt
      if (hosted.attached) session.silence = { since: clock.now(), ...now }
      // A session that was handed out meanwhile is not as silent as its activity says.
      else if (!isSilent)
        session.silence = { since: Math.max(silence.since, silentSince(session, hosted, options)), ...now }
      session.proven ||= proven
      session.seenAliveAt = Math.max(session.seenAliveAt, seenAt)
      if (session.intent && session.phase === 'live' && seenAt > session.intent.since) {
        session.intent = undefined
        table.change(session)
      }
      const { hosted: former } = session
      const from = former.sessionName
      table.update(session, hosted)
      announce(session, changedFacts(former, hosted))
      const { sessionName } = hosted
      if (from === sessionName) return
      replicas.rename(session, from, sessionName)
      tombstones.addForFormerName(session, from)
      table.change(session)
      logger.info({ workspace: session.workspace, from, sessionName }, 'Session renamed')
      events.emit('session:renamed', { session: view(session), from })
    },
    /**
     * Removes a session that is known to be gone. If the pool ended it, its record is deleted, except after silence with `keepsIdle`.
     * Any other record stays as an orphan until it expires, and says how the session ended. A session that the pool was about to
     * end counts as ended by the pool. `seen`: what was seen of an end by itself.
     */
    end(session: Session, given: EndReason, seen?: SeenEnd): void {
      const reason = session.intent?.ended.cause ?? given
      const isByPool = reason === 'deleted' || reason === 'idle' || reason === 'terminated'
      const isKept = !isByPool || (reason === 'idle' && keepsIdle)
      const { sessionName, incarnation } = session.hosted
      session.ended = isByPool ? endedByPool(session, reason) : endedByItself(session, reason, seen)
      session.revision += 1
      session.run = session.life
      session.claimed = true
      const final: StoredRecord = { ...project(session, pool), ended: session.ended }
      table.end(session, isKept ? 'ended' : 'deleted')
      if (!isKept) {
        table.noteDeleted(incarnation)
        session.toldFrom = session.intent?.revision ?? session.revision
      } else table.noteGone(session.workspace)
      // Only an end by silence can be wanted or not, and that is told apart by this time.
      if (isKept || reason !== 'idle') session.expiresAt = Math.max(clock.date(), lastActivityOf(session)) + orphanTtlMs
      tombstones.addForEnded(session)
      if (isKept) ended.note(project(session, pool))
      const { cause, exitCode, signal } = session.ended
      logger.info({ workspace: session.workspace, sessionName, reason, cause, exitCode, signal }, 'Session ended')
      const { extra: _1, expiresAt: _2, ...shown } = final
      const payload = { session: Object.freeze(shown) as SessionMetadata<unknown>, reason: reason as EndReason }
      events.emit(isByPool ? 'session:deleted' : 'session:gone', payload)
      events.emit('session:ended', { session: ended.view(final), ended: session.ended })
    },
  }
}

const startedIn = (boot: string | undefined): Started => (boot === undefined ? {} : { boot })

export type Sessions = ReturnType<typeof createSessions>
