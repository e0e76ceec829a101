import type { Clock, Ended, Logger, SessionMetadata, StoredRecord } from '@sessionkeep/contracts'
import type { HostSession, SessionEnd } from '@sessionkeep/contracts/host'
import { joinPast, pastOf, sameJson } from '@sessionkeep/contracts/internal'
import type { ReplicaSet } from '@sessionkeep/replication'
import type { AttributeCheck, AttributePatch } from './attributes.ts'
import type { EndedSessions } from './ended-sessions.ts'
import type { ChangedFact, EndReason, Events } from './events.ts'
import { mergeStored } from './merge-stored.ts'
import { derive, type PresentFacts, project, toView } from './project.ts'
import type { Durability, SessionView } from './session.ts'
import { createSession, lastActivityOf, type Outcome, requestsOf, type Session } from './session.ts'
import type { SessionTable } from './session-table.ts'
import type { Tombstones } from './tombstones.ts'

export interface SessionsOptions {
  readonly table: SessionTable
  readonly tombstones: Tombstones
  readonly ended: EndedSessions
  readonly replicas: ReplicaSet
  readonly check: AttributeCheck
  readonly events: Events
  readonly logger: Logger
  readonly clock: Clock
  /** The owner of the sessions and records: the poolId, or else the prefix. */
  readonly pool: string
  /** How long the record of a session that ended by itself is kept, ms. */
  readonly orphanTtlMs: number
  /** Whether the silence of a session that is found began with its last activity, and not with this run. */
  readonly countsSilenceOverRestarts: boolean
  /** Whether the host knows, without a call, that a session has ended. */
  readonly hasEnded: (hosted: HostSession) => boolean
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
  const { table, tombstones, ended, replicas, check, events, logger, clock, pool, orphanTtlMs, hasEnded } = options

  /** See {@link Durability}. */
  const durabilityOf = (session: Session): Durability => {
    const { hosted, outcome, revision } = session
    const { sessionName } = hosted
    const isRead = () =>
      outcome !== 'unverified' &&
      !replicas.isUnread(sessionName, session) &&
      replicas.active().every(({ slots }) => slots.isRead(sessionName, session))
    return {
      verified: outcome === 'created' || isRead(),
      saved: replicas.retaining().some(({ slots }) => slots.ackedRevision(sessionName, session) === revision),
    }
  }
  /** When the present silence began, in monotonic ms. Times of earlier runs are known only by the clock of the machine. */
  const silentSince = (session: Session, hosted: HostSession): number => {
    if (!options.countsSilenceOverRestarts) return clock.now()
    const lastAt = Math.max(lastActivityOf(session), hosted.lastActivityAt ?? 0)
    return clock.now() - Math.max(0, clock.date() - lastAt)
  }
  const presentFacts = (session: Session): PresentFacts => ({
    get exited() {
      return !table.has(session) || hasEnded(session.hosted)
    },
    get silenceMs() {
      const { lastActivityAt } = session.hosted
      return lastActivityAt === undefined ? undefined : Math.max(0, clock.date() - lastActivityAt)
    },
  })
  /** Returns the same object as before when nothing has changed, so that callers can compare views. */
  const view = (session: Session): SessionView<unknown> => {
    const durability = durabilityOf(session)
    const facts = [
      ...[session.revision, session.activeRequests, durability.verified, durability.saved, session.proven],
      ...[session.hosted.sessionName, session.derived, session.phase],
      ...[session.hosted.attached, session.hosted.pid, session.hosted.foreground],
    ]
    const { cachedView } = session
    if (cachedView && facts.every((fact, at) => fact === cachedView.facts[at])) return cachedView.view
    session.cachedView = { facts, view: toView(session, pool, durability, presentFacts(session)) }
    return session.cachedView.view
  }
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
    if (copy.expiresAt !== undefined) table.change(session)
    // Stores that answered earlier do not have these values yet.
    for (const replica of replicas.all()) if (replica.slots.isRead(sessionName, session)) replica.mark(sessionName)
  }

  return {
    table,
    tombstones,
    ended,
    pool,
    durabilityOf,
    view,
    announce,
    mergeCopy,
    /** Adds the session of a stored record, which had this name before, to the past of a living one. */
    addEarlier(session: Session, former: StoredRecord): void {
      if (table.isDeleted(former.incarnation)) return
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
      for (const [key, value] of attributes ?? []) session.own.attributes.set(key, value)
      table.startCreating(session)
      return session
    },
    /** Adds a session that was created and is ready. `createdAt` is in ms since the epoch. */
    finishCreating(session: Session, hosted: HostSession, createdAt: number): void {
      table.stopCreating(session, session.hosted.sessionName)
      session.hosted = hosted
      session.guess = { createdAt: hosted.createdAt ?? createdAt, origin: 'created', lastActivityAt: createdAt }
      session.seenAliveAt = clock.now()
      session.silence = { since: clock.now(), requests: 0, at: createdAt, hostAt: hosted.lastActivityAt }
      session.derived = derive(session, check, clock.date())
      session.earlier = ended.take(session.workspace, () => true)
      table.addLiving(session)
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
      })
      session.silence.since = silentSince(session, hosted)
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
    /** Takes over what the host reports of a living session now. Any activity starts its silence anew. */
    updateFromHost(session: Session, hosted: HostSession, proven: boolean, seenAt: number): void {
      const { silence } = session
      const now = { requests: requestsOf(session), at: lastActivityOf(session), hostAt: hosted.lastActivityAt }
      const isSilent = silence.requests === now.requests && silence.at === now.at && silence.hostAt === now.hostAt
      if (hosted.attached) session.silence = { since: clock.now(), ...now }
      // A session that was handed out meanwhile is not as silent as its activity says.
      else if (!isSilent) session.silence = { since: Math.max(silence.since, silentSince(session, hosted)), ...now }
      session.proven ||= proven
      session.seenAliveAt = Math.max(session.seenAliveAt, seenAt)
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
     * Removes a session that is known to be gone. When the pool ended it, its record is deleted; when it ended by itself, the
     * record stays as an orphan until it expires, and says how it ended. `how`: what the host knows of the end.
     */
    end(session: Session, reason: EndReason, how?: SessionEnd): void {
      const isByPool = reason !== 'gone' && reason !== 'recreated'
      const { sessionName, incarnation } = session.hosted
      session.revision += 1
      session.run = session.life
      session.claimed = true
      if (!isByPool) session.ended = endedOf(reason, how, clock.date())
      const { extra: _extra, expiresAt: _expiresAt, ...living } = project(session, pool)
      const final = { ...living, ...(session.ended && { ended: session.ended }) }
      table.end(session, isByPool ? 'deleted' : 'ended')
      if (isByPool) table.noteDeleted(incarnation)
      else {
        session.expiresAt = clock.date() + orphanTtlMs
        table.noteGone(session.workspace)
      }
      tombstones.addForEnded(session)
      if (!isByPool) ended.note(project(session, pool))
      const { exitCode, signal } = how ?? {}
      logger.info({ workspace: session.workspace, sessionName, reason, exitCode, signal }, 'Session ended')
      const payload = { session: Object.freeze(final) as SessionMetadata<unknown>, reason }
      events.emit(isByPool ? 'session:deleted' : 'session:gone', payload)
    },
  }
}

function changedFacts(before: HostSession, now: HostSession): ChangedFact[] {
  const isAttachedChanged = (before.attached === true) !== (now.attached === true)
  const others = (['pid', 'foreground'] as const).filter((fact) => before[fact] !== now[fact])
  return [...(isAttachedChanged ? (['attached'] as const) : []), ...others]
}

function endedOf(reason: EndReason, how: SessionEnd | undefined, now: number): Ended {
  const { at = now, exitCode, signal, screen } = how ?? {}
  return {
    at,
    cause: how ? 'exited' : reason === 'recreated' ? 'replaced' : 'gone',
    ...(exitCode !== undefined && { exitCode }),
    ...(signal !== undefined && { signal }),
    ...(screen !== undefined && { screen }),
  }
}

export type Sessions = ReturnType<typeof createSessions>
