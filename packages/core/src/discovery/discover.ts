import type { Clock, Logger, SessionNameCodec, StoreError } from '@sessionkeep/contracts'
import { PoolError } from '@sessionkeep/contracts/errors'
import type { HostSession } from '@sessionkeep/contracts/host'
import {
  createCoalescer,
  forEachYielding,
  type HostListing,
  identityOf,
  isSpareName,
} from '@sessionkeep/contracts/internal'
import type { Replica, ReplicaSet, StoreAnswer } from '@sessionkeep/replication'
import type { Events } from '../sessions/events.ts'
import type { Session } from '../sessions/session.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { applyAnswers } from './apply-answers.ts'
import { applyReconciliation } from './apply-reconciliation.ts'
import { createElsewhere } from './elsewhere.ts'
import { createStoreJoiner } from './join-store.ts'
import { createOrphans } from './orphans.ts'
import type { HostPoller } from './poll-host.ts'
import { createStoreReader, hasAnsweredFor, type StoreAnswers } from './read-stores.ts'
import { reconcile } from './reconcile.ts'
import type { Finding, KnownSession, Orphan, Reconciliation } from './reconcile-types.ts'
import { createRemains } from './remains.ts'
import type { SurroundingsReader } from './surroundings.ts'

/** The result of a discovery pass. */
export interface DiscoveryResult {
  /** Why the host could not list its sessions. Then no session was ended or adopted, and no record became an orphan. */
  readonly hostError: PoolError | undefined
  /** Why stores could not be read. */
  readonly storeErrors: ReadonlyMap<Replica, StoreError>
  readonly answers: readonly StoreAnswer[]
  readonly reconciliation: Reconciliation
}

/** The request for a discovery pass. */
export interface DiscoveryRequest {
  /**
   * Whether to read all of every store. Otherwise only the names that a store has not answered for are read.
   * @defaultValue `false`
   */
  readonly full?: boolean
  /** The complete answers of stores that are being joined. */
  readonly joining?: ReadonlyMap<Replica, StoreAnswer>
  /** A name that is read even if no session has it, from each store that has not answered for it. */
  readonly wanted?: string
  /** The name of a session that is being created, and that should be applied nevertheless if the host lists it. */
  readonly creating?: string
}

/** The result of a poll of the host. */
export interface PollResult {
  /** Why the host could not list its sessions. */
  readonly hostError: PoolError | undefined
  /** Whether a discovery pass is needed: there are unknown sessions, or a store has not answered for a name. */
  readonly incomplete: boolean
  /** The names of all sessions that the host lists. */
  readonly names: ReadonlySet<string>
}

/** The parameters of {@link createDiscovery}. */
export interface DiscoveryOptions {
  readonly sessions: Sessions
  readonly replicas: ReplicaSet
  readonly host: HostPoller
  readonly codec: SessionNameCodec
  /** The session prefix, if the pool has a `poolId` and does not name the prefix as a former id. */
  readonly undeclaredPrefix?: string | undefined
  readonly logger: Logger
  readonly events: Events
  readonly clock: Clock
  /** Whether sessions without a stamp are taken in if their name belongs to the pool. */
  readonly takeIn: 'prefix' | 'none' | ((session: HostSession) => boolean)
  /** An observer neither removes orphans nor sets when they expire. */
  readonly role: 'owner' | 'observer'
  /** How long the record of an orphan stays, ms. */
  readonly orphanTtlMs: number
  /** The most records of orphans that stay. */
  readonly mostEnded: number
  readonly surroundings: SurroundingsReader
  /** Whether the record of a session that was ended for its silence stays. */
  readonly keepsIdle: boolean
  /** See `ReconcileInput.keepsLost`. */
  readonly keepsLost: boolean
  /** The time-out of reading one store, ms. */
  readonly readTimeoutMs: number
}

const NO_ANSWERS: StoreAnswers = { answers: new Map(), errors: new Map() }

/** Makes the discovery of a pool: it lists the host, reads the stores, compares both with memory, and updates memory. */
export function createDiscovery(options: DiscoveryOptions) {
  const { sessions, replicas, host, codec, logger, clock, role, surroundings, takeIn } = options
  const { table, pool } = sessions
  const stopped = new AbortController()
  const { signal } = stopped
  const orphans = createOrphans(sessions, replicas, codec, clock, {
    ...{ ttlMs: options.orphanTtlMs, most: options.mostEnded, keepsIdle: options.keepsIdle, signal },
  })
  const stores = createStoreReader(table, replicas, codec, pool, options.readTimeoutMs, clock)
  /** The stores of which all was read in a pass that the host answered. */
  const compared = new WeakSet<Replica>()
  let reported: ReadonlySet<string> = new Set()
  /** Reports once each session whose workspace belongs to another session, and each whose stamp is not used. */
  const report = ({ conflicts, doubtful }: Reconciliation): void => {
    const reasons = doubtful.map(({ sessionName, reason }) => `${sessionName}: ${reason}`)
    for (const sessionName of conflicts.filter((name) => !reported.has(name)))
      logger.warn({ sessionName }, 'A session claims the workspace of another one - it is left alone')
    for (const one of doubtful.filter((_, at) => !reported.has(reasons[at] ?? '')))
      logger.warn({ ...one }, 'The stamp of a session is not used')
    reported = new Set([...conflicts, ...reasons])
  }

  let isFormerReported = false
  /** Reports once that sessions have the stamp of a pool without a `poolId`, as this pool may have been before. */
  const reportFormer = (live: readonly HostSession[]): void => {
    const former = live.filter((session) => session.pool !== undefined && session.pool === options.undeclaredPrefix)
    if (isFormerReported || former.length === 0) return
    isFormerReported = true
    logger.warn(
      { sessions: former.length, pool: options.undeclaredPrefix },
      'Sessions were started by a pool without a poolId - if it was this one, name its session prefix under formerly',
    )
  }

  /** Stamps the sessions that were taken in by their name, so that they keep their workspace after a rename. */
  const stampTakenIn = async ({ findings }: Reconciliation): Promise<void> => {
    const isUnstamped = ({ session, workspace }: Finding): boolean =>
      session.pool === undefined && session.stampFault === undefined && table.get(workspace) !== undefined
    await host.stamp(findings.filter(isUnstamped).map(({ session, workspace }) => [session, { pool, workspace }]))
  }

  /** The sessions that the host lists; if it cannot, the sessions in memory. */
  const livingSessions = async (): Promise<HostListing & { readonly hostError: PoolError | undefined }> => {
    const listed = await host.list()
    if (!(listed instanceof PoolError)) return { ...listed, hostError: undefined }
    return { live: table.living().map(({ hosted }) => hosted), unreadable: [], hostError: listed }
  }

  /** What the option `takeIn` says about a session without a stamp. */
  const isAllowed = (session: HostSession): boolean => {
    if (typeof takeIn !== 'function') return takeIn === 'prefix'
    try {
      return takeIn(session) === true
    } catch (err) {
      logger.warn({ sessionName: session.sessionName, err }, 'The takeIn function failed - the session is left alone')
      return false
    }
  }

  /** Whether a store has records that could not be read, or were not read yet, any of which may belong to a session. */
  const isAnyIndeterminate = (answers: StoreAnswers['answers']): boolean =>
    replicas.active().some((replica) => {
      const { indeterminate, copies, complete, isFirst } = answers.get(replica) ?? {}
      if (isFirst || (!complete && replica.isJoined() && !replica.isWhole())) return true
      return (indeterminate?.size ?? 0) > 0 || [...replica.indeterminate()].some((name) => !copies?.has(name))
    })

  const toKnown = (session: Session): KnownSession => {
    const { workspace, hosted, replaced, outcome } = session
    return {
      ...{ workspace, session: hosted, replaced, hasRecord: outcome === 'created' || outcome === 'recovered' },
      readFrom: new Set(replicas.active().filter(({ slots }) => slots.isRead(hosted.sessionName, session))),
      unread: outcome !== 'created' && replicas.isUnread(hosted.sessionName, session),
      wrote: ({ run }) => run === session.life,
    }
  }

  const isOurs = ({ pool: owner, sessionName: name }: HostSession) => owner === pool || codec.decode(name) !== undefined
  const byName = (live: readonly HostSession[]): Map<string, HostSession> =>
    new Map(live.filter(isOurs).map((listed) => [listed.sessionName, listed]))

  const joiner = createStoreJoiner({
    ...{ stores, host, replicas, clock, ours: byName, isCompared: (replica) => compared.has(replica) },
    discover: async (joining) => (await runDiscovery({ joining })).storeErrors,
  })
  const elsewhere = createElsewhere(host, logger)
  const remains = createRemains(async (one) => signal.aborted || host.bury(one), role, replicas, logger)

  const compare = async ({ live, unreadable }: HostListing, { answers }: StoreAnswers): Promise<Reconciliation> => {
    const known: KnownSession[] = []
    await forEachYielding(table.living(), (session) => known.push(toKnown(session)))
    return reconcile({
      ...{ live, unreadable, known, pool, answers: [...answers.values()], stores: replicas.active() },
      ...{ unread: replicas.isAnyUnread(), indeterminate: isAnyIndeterminate(answers) },
      ...{ decode: codec.decode, encode: codec.encode, takeIn: isAllowed, keepsLost: options.keepsLost },
    })
  }

  /**
   * The sessions of the pool that have ended and are not in memory any more, while the host still knows how they ended. One that
   * is being created is left to its creator, which needs to see how it ended.
   */
  const endedOf = ({ exited }: Reconciliation): HostSession[] =>
    exited.filter((hosted) => {
      if (!hosted.end || hosted.pool !== pool || table.isCreating(hosted.sessionName)) return false
      const session = hosted.workspace === undefined ? undefined : table.get(hosted.workspace)
      return !session || identityOf(session.hosted) !== identityOf(hosted)
    })

  /** The incarnations of the known sessions that are gone and of which the host keeps nothing. */
  const withoutCorpse = ({ gone, exited }: Reconciliation): string[] => {
    const corpses = new Set(exited.map(identityOf))
    const lost = gone.filter(({ session }) => !corpses.has(identityOf(session)))
    return lost.flatMap(({ session }) => session.incarnation ?? [])
  }

  const discover = async (requests: readonly DiscoveryRequest[]): Promise<DiscoveryResult> => {
    const startedAt = clock.now()
    const listing = await livingSessions()
    const { live, hostError } = listing
    if (!hostError) await surroundings.prepare()
    const isFull = requests.some(({ full }) => full)
    const { answers: read, errors } = await stores.read({
      live: byName(live),
      wanted: requests.flatMap(({ wanted }) => wanted ?? []),
      joining: new Map(requests.flatMap(({ joining }) => [...(joining ?? [])])),
      isWhole: (replica) => isFull || (!hostError && !compared.has(replica) && !joiner.isFilling(replica)),
    })
    const marked = hostError ? read : await elsewhere.mark(live, read)
    const answers = new Map([...marked].map(([replica, answer]) => [replica, replica.withoutStale(answer)]))
    const reconciliation = await compare(listing, { answers, errors })
    if (!hostError) report(reconciliation)
    if (!hostError) reportFormer(live)
    const endedUnseen = reconciliation.endedUnseen.filter(({ session }) => !remains.isRecorded(session))
    const undecided = hostError
      ? []
      : [...withoutCorpse(reconciliation), ...(await orphans.undecided(reconciliation.orphans))]
    const surroundingsOf = await surroundings.of(undecided, live)
    const applied = { creating: new Set(requests.flatMap(({ creating }) => creating ?? [])), surroundingsOf }
    const facts = { startedAt, hostAnswered: !hostError, signal, ...applied }
    await applyReconciliation(sessions, options, { ...reconciliation, endedUnseen }, facts)
    if (signal.aborted) return { hostError, storeErrors: errors, answers: [], reconciliation }
    if (!hostError) remains.clear(endedOf(reconciliation))
    if (!hostError) await orphans.note(reconciliation.orphans, surroundingsOf, live.length > 0)
    if (!hostError && role === 'owner') await orphans.noteEnds(reconciliation.orphans, surroundingsOf, live.length > 0)
    await applyAnswers(sessions, replicas, answers)
    for (const [replica, { complete }] of answers) if (complete && !hostError) compared.add(replica)
    table.forgetEnded(startedAt)
    if (!hostError && role === 'owner' && !signal.aborted) await stampTakenIn(reconciliation)
    return { hostError, storeErrors: errors, answers: [...answers.values()], reconciliation }
  }

  const pollHost = async (): Promise<PollResult> => {
    const startedAt = clock.now()
    const listing = await livingSessions()
    const { hostError } = listing
    const found = await compare(listing, NO_ANSWERS)
    const findings = found.findings.filter(({ known }) => known)
    const surroundingsOf = await surroundings.of(hostError ? [] : withoutCorpse(found), listing.live)
    const facts = { startedAt, hostAnswered: !hostError, signal, creating: new Set<string>(), surroundingsOf }
    const endedUnseen = found.endedUnseen.filter(({ session }) => !remains.isRecorded(session))
    await applyReconciliation(sessions, options, { ...found, findings, endedUnseen: [] }, facts)
    const unseen = new Set(endedUnseen.map(({ session }) => session))
    if (!hostError && !signal.aborted) remains.clear(endedOf(found).filter((hosted) => !unseen.has(hosted)))
    const joined = replicas.all().filter((replica) => replica.isJoined())
    const incomplete =
      findings.length < found.findings.length ||
      (!hostError && endedUnseen.length > 0) ||
      joined.some((replica) => replica.indeterminate().size > 0 || isAnyTombstoneUnread(replica)) ||
      table.living().some((session) => joined.some((replica) => !hasAnsweredFor(replica, session)))
    return { hostError, incomplete, names: found.names }
  }

  /** Whether a tombstone waits until a store answers for its name; the record there may not be deleted before. */
  const isAnyTombstoneUnread = (replica: Replica): boolean =>
    table.tombstones().some((tombstone) => {
      const { sessionName } = tombstone.hosted
      return replica.slots.owed(sessionName, tombstone) !== undefined && !replica.hasAnswered(sessionName)
    })

  const coalescedDiscover = createCoalescer(discover)
  const coalescedPoll = createCoalescer(pollHost)
  const runDiscovery = async (request: DiscoveryRequest = {}): Promise<DiscoveryResult> => {
    // While the rest of a large store is being read, a full pass would read it twice and hold up other passes.
    if (request.full) await joiner.filled()
    return coalescedDiscover(request)
  }

  return {
    /** Called when the pool has stopped: passes that still run are not applied, so that the next pool finds what they found. */
    end: () => stopped.abort(),
    /** Whether `end()` was called. What is found or made from then on is in no report of `stop()`, and is not written. */
    isOver: (): boolean => signal.aborted,
    /** Runs a discovery pass. One pass runs at a time; requests that come during a pass share the next one. */
    discover: runDiscovery,
    /**
     * Compares memory with the host alone: ends the sessions that are gone, and notes which were seen alive. Polls are coalesced
     * apart from discovery passes, so that a poll never waits for a store.
     */
    pollHost: (): Promise<PollResult> => coalescedPoll(undefined),
    /** Reads a store and joins it with memory in a discovery pass. */
    joinStore: joiner.join,
    /** Asks the stores that have not been read whole for a name, before a session is created under it. */
    async askFor(sessionName: string): Promise<void> {
      const isOpen = (replica: Replica) => replica.isJoined() && !replica.isWhole() && !replica.hasAnswered(sessionName)
      if (replicas.active().some(isOpen)) await runDiscovery({ wanted: sessionName })
    },
    /** A store that has not answered for the ended sessions of a name: its label, or `that was detached`; undefined if all have answered. */
    unreadBy(sessionName: string): string | undefined {
      const isOpen = (replica: Replica) =>
        !compared.has(replica) && !(joiner.isFilling(replica) && replica.hasAnswered(sessionName))
      const isUnread = (replica: Replica) =>
        replica.store.capabilities.retains &&
        (isOpen(replica) || [...replica.indeterminate()].some((name) => name === sessionName || isSpareName(name)))
      return replicas.active().find(isUnread)?.label ?? (replicas.isAnyUnread() ? 'that was detached' : undefined)
    },
    /** Notes the attempts to resume an ended session in its record. Returns the record as it is now. */
    noteTries: orphans.noteTries,
    /** Removes the orphans that have expired, and returns their names. Call it right after a pass that the host answered. */
    expireOrphans: (found: readonly Orphan[]): Promise<string[]> => orphans.expire(found),
    /** Deletes the records of the ended sessions that the filter selects, and returns their workspaces. */
    forgetOrphans: orphans.forget,
  }
}

export type Discovery = ReturnType<typeof createDiscovery>
