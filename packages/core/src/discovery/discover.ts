import type { Clock } from '../base/clock.ts'
import { createCoalescer } from '../base/queues.ts'
import type { Logger } from '../contracts/logger.ts'
import type { HostSession } from '../contracts/session-host.ts'
import { PoolError } from '../errors/pool-error.ts'
import type { StoreError } from '../errors/store-error.ts'
import type { Replica } from '../replication/replica.ts'
import type { ReplicaSet } from '../replication/replicas.ts'
import type { StoreAnswer } from '../replication/store-answer.ts'
import type { Events } from '../sessions/events.ts'
import type { SessionNameCodec } from '../sessions/names.ts'
import type { Session } from '../sessions/session.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { applyAnswers } from './apply-answers.ts'
import { applyReconciliation } from './apply-reconciliation.ts'
import { createOrphans } from './orphans.ts'
import type { HostPoller } from './poll-host.ts'
import { createStoreReader, hasAnsweredFor, type StoreAnswers } from './read-stores.ts'
import { reconcile } from './reconcile.ts'
import type { KnownSession, Orphan, Reconciliation } from './reconcile-types.ts'

/** What a discovery pass found. */
export interface DiscoveryResult {
  /** Why the host could not say what lives; then nothing was taken for gone, adopted or orphaned. */
  readonly hostError: PoolError | undefined
  readonly storeErrors: ReadonlyMap<Replica, StoreError>
  readonly answers: readonly StoreAnswer[]
  readonly reconciliation: Reconciliation
}

/** What is asked of a discovery pass. */
export interface DiscoveryRequest {
  /** Ask every store for everything. Default: for what it has not answered for. */
  readonly full?: boolean
  /** Whole answers of stores that are being joined. */
  readonly joining?: ReadonlyMap<Replica, StoreAnswer>
  /** The name of a session that is being created: what the host lists under it is to be taken all the same. */
  readonly taking?: string
}

/** What a poll of the host found: whether the host could say, and whether a discovery pass has something to add. */
export interface PollResult {
  readonly hostError: PoolError | undefined
  readonly incomplete: boolean
}

export interface DiscoveryOptions {
  readonly sessions: Sessions
  readonly replicas: ReplicaSet
  readonly host: HostPoller
  readonly codec: SessionNameCodec
  readonly logger: Logger
  readonly events: Events
  readonly clock: Clock
  /** Whether unstamped sessions whose name is ours are taken into the pool. */
  readonly adopt: 'prefix' | 'none' | ((session: HostSession) => boolean)
  /** An observer neither expires records nor gives them a time to expire. */
  readonly role: 'owner' | 'observer'
  readonly orphanTtlMs: number
  readonly readTimeoutMs: number
}

const NO_ANSWERS: StoreAnswers = { answers: new Map(), errors: new Map() }

/** How the pool learns what is: the host is listed, stores are read, both are compared with memory, and memory follows. */
export function createDiscovery(options: DiscoveryOptions) {
  const { sessions, replicas, host, codec, logger, clock, role } = options
  const { table, pool } = sessions
  const orphans = createOrphans(sessions, replicas, clock, options.orphanTtlMs)
  const stores = createStoreReader(table, replicas, codec, options.readTimeoutMs, clock)
  /** Stores that were read whole while the host could say what lives. */
  const compared = new WeakSet<Replica>()
  let reported: ReadonlySet<string> = new Set()

  /** Reports each session once that claims the workspace of another one. */
  const reportConflicts = (conflicts: readonly string[]): void => {
    for (const sessionName of conflicts.filter((name) => !reported.has(name)))
      logger.warn({ sessionName }, 'A session claims the workspace of another one - it is left alone')
    reported = new Set(conflicts)
  }

  /** What the host lists; where it cannot say, what memory has. */
  const livingSessions = async (): Promise<{ live: HostSession[]; hostError: PoolError | undefined }> => {
    const listed = await host.list()
    if (!(listed instanceof PoolError)) return { live: listed, hostError: undefined }
    return { live: table.living().map(({ hosted }) => hosted), hostError: listed }
  }

  const mayAdopt = (session: HostSession): boolean => {
    const { adopt } = options
    if (session.pool !== undefined) return false
    if (typeof adopt !== 'function') return adopt === 'prefix'
    try {
      return adopt(session) === true
    } catch (error) {
      const fields = { sessionName: session.sessionName, err: error }
      logger.warn(fields, 'The adopt function failed - the session is left alone')
      return false
    }
  }

  /** Whether there are records of which no store could say whose they are. */
  const isAnyIndeterminate = (answers: StoreAnswers['answers']): boolean =>
    replicas.active().some((replica) => {
      const { indeterminate, copies } = answers.get(replica) ?? {}
      return (indeterminate?.size ?? 0) > 0 || replica.indeterminate().some((name) => !copies?.has(name))
    })

  const toKnown = (session: Session): KnownSession => {
    const { workspace, hosted, replaced, outcome } = session
    const { sessionName } = hosted
    return {
      ...{ workspace, session: hosted, replaced },
      readFrom: new Set(replicas.active().filter(({ slots }) => slots.isRead(sessionName, session))),
      unread: outcome !== 'created' && replicas.isUnread(sessionName, session),
      wrote: ({ run }) => run === session.life,
    }
  }

  const compare = (live: readonly HostSession[], { answers }: StoreAnswers): Reconciliation =>
    reconcile({
      live,
      known: table.living().map(toKnown),
      answers: [...answers.values()],
      stores: replicas.active(),
      unread: replicas.isAnyUnread(),
      indeterminate: isAnyIndeterminate(answers),
      pool,
      decode: codec.decode,
      encode: codec.encode,
      adopt: mayAdopt,
    })

  const discover = async (requests: readonly DiscoveryRequest[]): Promise<DiscoveryResult> => {
    const startedAt = clock.now()
    const { live, hostError } = await livingSessions()
    const isFull = requests.some(({ full }) => full)
    const ours = live.filter((listed) => listed.pool === pool || codec.decode(listed.sessionName) !== undefined)
    const { answers: read, errors } = await stores.read({
      live: new Map(ours.map((listed) => [listed.sessionName, listed])),
      joining: new Map(requests.flatMap(({ joining }) => [...(joining ?? [])])),
      isWhole: (replica) => isFull || (!hostError && !compared.has(replica)),
    })
    const answers = new Map([...read].map(([replica, answer]) => [replica, replica.withoutStale(answer)]))
    const reconciliation = compare(live, { answers, errors })
    if (!hostError) reportConflicts(reconciliation.conflicts)
    const taking = new Set(requests.flatMap(({ taking: name }) => (name === undefined ? [] : [name])))
    applyReconciliation(sessions, options, reconciliation, { startedAt, hostAnswered: !hostError, taking })
    if (!hostError && role === 'owner') orphans.adopt(reconciliation.orphans)
    applyAnswers(sessions, replicas, answers)
    for (const [replica, { complete }] of answers) if (complete && !hostError) compared.add(replica)
    table.forgetEnded(startedAt)
    return { hostError, storeErrors: errors, answers: [...answers.values()], reconciliation }
  }

  const pollHost = async (): Promise<PollResult> => {
    const startedAt = clock.now()
    const { live, hostError } = await livingSessions()
    const found = compare(live, NO_ANSWERS)
    const findings = found.findings.filter(({ known }) => known)
    const facts = { startedAt, hostAnswered: !hostError, taking: new Set<string>() }
    applyReconciliation(sessions, options, { ...found, findings }, facts)
    const joined = replicas.all().filter((replica) => replica.isJoined())
    const incomplete =
      findings.length < found.findings.length ||
      joined.some((replica) => replica.indeterminate().length > 0 || isAnyTombstoneUnread(replica)) ||
      table.living().some((session) => joined.some((replica) => !hasAnsweredFor(replica, session)))
    return { hostError, incomplete }
  }

  /** Whether a tombstone waits for a store to answer for its name: only then may that name be cleared. */
  const isAnyTombstoneUnread = (replica: Replica): boolean =>
    table.tombstones().some((tombstone) => {
      const { sessionName } = tombstone.hosted
      return replica.slots.owed(sessionName, tombstone) !== undefined && !replica.hasAnswered(sessionName)
    })

  const discoverInTurn = createCoalescer(discover)
  const pollInTurn = createCoalescer(pollHost)
  const runDiscovery = (request: DiscoveryRequest = {}): Promise<DiscoveryResult> => discoverInTurn(request)

  return {
    /** One discovery pass. Passes take turns; callers who come during one share the next. */
    discover: runDiscovery,
    /**
     * A pass over the sessions in memory by the host alone: what has ended leaves, what lives was seen alive. It has turns of
     * its own, so that it never waits for a store.
     */
    pollHost: (): Promise<PollResult> => pollInTurn(undefined),
    /**
     * Reads a store whole and joins what it has with what the pool knows. The store is read outside of the pass's turn, so
     * that a slow one does not hold up what is known without it.
     */
    async joinStore(replica: Replica): Promise<void> {
      const answer = await stores.readWhole(replica)
      const { storeErrors } = await runDiscovery({ joining: new Map([[replica, answer]]) })
      const error = storeErrors.get(replica)
      if (error) throw error
    },
    /** Removes the orphans whose time has passed; gives their names. To be called right after a pass that the host answered. */
    expireOrphans: (found: readonly Orphan[]): string[] => orphans.expire(found),
  }
}

export type Discovery = ReturnType<typeof createDiscovery>
