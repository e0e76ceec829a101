import { performance } from 'node:perf_hooks'
import { createTurns } from '../base/coalesce.ts'
import type { HostSession } from '../contracts/session-host.ts'
import { PoolError } from '../errors/pool-error.ts'
import type { StoreError } from '../errors/store-error.ts'
import type { Replica } from '../replication/replica.ts'
import type { StoreAnswer } from '../replication/store-answer.ts'
import type { PoolCore } from '../sessions/pool-core.ts'
import type { Entry } from '../sessions/session.ts'
import { admitAnswers } from './apply-answers.ts'
import { applyReconciliation } from './apply-reconciliation.ts'
import { askHost } from './poll-host.ts'
import { askStores, hasAnsweredFor, type StoreAnswers } from './read-stores.ts'
import { reconcile } from './reconcile.ts'
import type { KnownSession, Reconciliation } from './reconcile-types.ts'

export interface SurveyResult {
  /** Why the host could not say what lives; then nothing was taken for gone, adopted or orphaned. */
  readonly hostError: PoolError | undefined
  readonly storeErrors: ReadonlyMap<Replica, StoreError>
  readonly answers: readonly StoreAnswer[]
  readonly reconciliation: Reconciliation
}

/** What is asked of a survey. */
export interface SurveyRequest {
  /** Ask every store for everything. Default: for what it has not answered for. */
  readonly full?: boolean
  /** Whole answers of stores that are being joined. */
  readonly joining?: ReadonlyMap<Replica, StoreAnswer>
}

/** What a look found: whether the host could say, and whether a survey has something to add. */
export interface LookResult {
  readonly hostError: PoolError | undefined
  readonly incomplete: boolean
}

/**
 * The one path by which the pool learns what is: the host's sessions are listed, the stores are asked about them, both
 * are compared with memory, and memory follows. `full` asks the stores for everything; otherwise for what they have not
 * answered for. `joining` brings what a store that is being joined has said. Surveys take turns; callers who come during
 * one share the next.
 */
export function createSurvey(core: PoolCore): (request?: SurveyRequest) => Promise<SurveyResult> {
  /** Stores that were read whole while the host could say what lives. */
  const compared = new WeakSet<Replica>()

  const survey = async (requests: readonly SurveyRequest[]): Promise<SurveyResult> => {
    const startedAt = performance.now()
    const { live, hostError } = await liveSessions(core)
    const full = requests.some((request) => request.full)
    const joining = new Map(requests.flatMap((request) => [...(request.joining ?? [])]))
    const whole = (replica: Replica) => full || (!hostError && !compared.has(replica))
    const ours = live.filter(
      ({ pool, sessionName }) => pool === core.key || core.codec.decode(sessionName) !== undefined,
    )
    const asked = await askStores(core, new Map(ours.map((session) => [session.sessionName, session])), joining, whole)
    const answers = new Map([...asked.answers].map(([replica, answer]) => [replica, replica.upToDate(answer)]))
    const said = { ...asked, answers }
    const reconciliation = compare(core, live, said)
    applyReconciliation(core, reconciliation, { startedAt, hostAnswered: !hostError })
    admitAnswers(core, said.answers)
    for (const [replica, { complete }] of said.answers) if (complete && !hostError) compared.add(replica)
    for (const [identity, at] of core.departed) if (at < startedAt) core.departed.delete(identity)
    return { hostError, storeErrors: said.errors, answers: [...said.answers.values()], reconciliation }
  }
  const turns = createTurns(survey)
  return (request = {}) => turns(request)
}

/**
 * A survey of the sessions in memory by the host alone: what has ended leaves, what lives was seen alive. It has turns
 * of its own, so that it never waits for a store.
 */
export function createLook(core: PoolCore): () => Promise<LookResult> {
  const look = async (): Promise<LookResult> => {
    const startedAt = performance.now()
    const { live, hostError } = await liveSessions(core)
    const found = compare(core, live, { answers: new Map(), errors: new Map() })
    const known = found.findings.filter((finding) => finding.known)
    applyReconciliation(core, { ...found, findings: known }, { startedAt, hostAnswered: !hostError })
    const joined = core.replicas.all().filter((replica) => replica.isJoined())
    const unanswered = (entry: Entry) => joined.some((replica) => !hasAnsweredFor(replica, entry))
    // A name may be cleared only where the store has answered for it.
    const unheard = (replica: Replica) => core.departures.names().some((name) => isUnheard(core, replica, name))
    const incomplete =
      known.length < found.findings.length ||
      joined.some((replica) => replica.unknown().length > 0 || unheard(replica)) ||
      core.memory.all().some(unanswered)
    return { hostError, incomplete }
  }
  const turns = createTurns(look)
  return () => turns(undefined)
}

function isUnheard(core: PoolCore, replica: Replica, name: string): boolean {
  return core.departures.get(name)?.pending.has(replica) === true && !replica.hasAnswered(name)
}

/** What the host lists; where it cannot say, what memory has. */
async function liveSessions(core: PoolCore): Promise<{ live: HostSession[]; hostError: PoolError | undefined }> {
  const listed = await askHost(core)
  if (!(listed instanceof PoolError)) return { live: listed, hostError: undefined }
  return { live: core.memory.all().map(({ session }) => session), hostError: listed }
}

function compare(core: PoolCore, live: readonly HostSession[], { answers }: StoreAnswers): Reconciliation {
  return reconcile({
    live,
    known: core.memory.all().map(toKnown),
    answers: [...answers.values()],
    stores: core.replicas.inForce(),
    unheard: core.replicas.unheard().size > 0,
    unspoken: isUnspoken(core, answers),
    pool: core.key,
    decode: core.codec.decode,
    adopt: (session) => mayAdopt(core, session),
  })
}

/** Whether there are records of which nobody could say whose they are. */
function isUnspoken(core: PoolCore, answers: StoreAnswers['answers']): boolean {
  return core.replicas.inForce().some((replica) => {
    const { unknown, copies } = answers.get(replica) ?? {}
    return (unknown?.size ?? 0) > 0 || replica.unknown().some((name) => !copies?.has(name))
  })
}

function toKnown({ workspace, session, replaced, answeredBy, unheard, life }: Entry): KnownSession {
  return {
    ...{ workspace, session, replaced, answeredBy, unheard: unheard.size > 0 },
    wrote: ({ run }) => run === life,
  }
}

function mayAdopt(core: PoolCore, session: HostSession): boolean {
  const { adopt } = core.options
  if (session.pool !== undefined) return false
  if (typeof adopt !== 'function') return adopt === 'prefix'
  try {
    return adopt(session) === true
  } catch (error) {
    const fields = { sessionName: session.sessionName, err: error }
    core.logger.warn(fields, 'The adopt function failed - the session is left alone')
    return false
  }
}

export type Survey = ReturnType<typeof createSurvey>
export type Look = ReturnType<typeof createLook>
