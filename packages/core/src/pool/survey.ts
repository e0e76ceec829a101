import { performance } from 'node:perf_hooks'
import type { HostSession } from '../contracts/session-host.ts'
import { PoolError } from '../errors/pool-error.ts'
import type { StoreError } from '../errors/store-error.ts'
import { identityOf } from '../reconcile/identity.ts'
import { reconcile } from '../reconcile/reconcile.ts'
import type { KnownSession, Reconciliation } from '../reconcile/types.ts'
import { atMost } from '../replica/deadline.ts'
import type { Replica } from '../replica/replica.ts'
import type { StoreAnswer } from '../replica/store-answer.ts'
import { admitAnswers } from './admit.ts'
import { applyReconciliation } from './apply-reconciliation.ts'
import type { Entry } from './entry.ts'
import type { PoolCore } from './pool-core.ts'
import { createTurns } from './turns.ts'

/** The most that a host may take to list its sessions, ms; hosts have a shorter deadline of their own. */
const LIST_DEADLINE_MS = 30_000

export interface SurveyResult {
  /** Why the host could not say what lives; then nothing was taken for gone, adopted or orphaned. */
  readonly hostError: PoolError | undefined
  readonly storeErrors: ReadonlyMap<Replica, StoreError>
  readonly answers: readonly StoreAnswer[]
  readonly reconciliation: Reconciliation
}

/**
 * The one path by which the pool learns what is: the host's sessions are listed, the stores are asked about them, both
 * are compared with memory, and memory follows. `full` asks the stores for everything; otherwise only for sessions that
 * they have not answered for. Surveys take turns; callers who come during one share the next.
 */
export function createSurvey(core: PoolCore) {
  const list = async (): Promise<HostSession[] | PoolError> => {
    const { host } = core.options
    try {
      const live = await atMost(LIST_DEADLINE_MS, host.list())
      if (!live) throw new Error(`no answer within ${LIST_DEADLINE_MS} ms`)
      if (core.hostState.state === 'unavailable') core.events.emit('host:available', { host: host.name })
      core.hostState = { state: 'available', reason: undefined }
      core.hostListed = true
      return live
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause)
      const error = new PoolError('HOST_UNAVAILABLE', `${host.name} cannot say which sessions live: ${message}`, {
        cause,
      })
      if (core.hostState.state !== 'unavailable') {
        core.logger.warn(
          { host: host.name, code: error.code, err: cause },
          'Host unavailable - sessions are left as they are',
        )
        core.events.emit('host:unavailable', { host: host.name, error })
      }
      core.hostState = { state: 'unavailable', reason: message }
      return error
    }
  }

  /** Whether a store has nothing new to say of a name: it has answered for the very session that lives under it. */
  const isKnownTo = (replica: Replica, name: string, live: ReadonlyMap<string, HostSession>): boolean => {
    const entry = core.memory.named(name)
    if (!entry) return core.departures.get(name) !== undefined && !live.has(name) && replica.hasAnswered(name)
    return entry.answeredBy.has(replica) && identityOf(live.get(name) ?? entry.session) === identityOf(entry.session)
  }

  const readStores = async (live: ReadonlyMap<string, HostSession>, full: boolean) => {
    const names = [
      ...new Set([
        ...live.keys(),
        ...core.memory.all().map(({ session }) => session.sessionName),
        ...core.departures.names(),
      ]),
    ]
    const answers = new Map<Replica, StoreAnswer>()
    const errors = new Map<Replica, StoreError>()
    const read = async (replica: Replica): Promise<void> => {
      const whole = full || !replica.isJoined()
      const asked = whole ? names : names.filter((name) => !isKnownTo(replica, name, live))
      if (!replica.canRead() || (!whole && asked.length === 0)) return
      try {
        answers.set(
          replica,
          await replica.read(asked, whole ? (name) => core.codec.decode(name) !== undefined : undefined),
        )
      } catch (error) {
        errors.set(replica, error as StoreError)
      }
    }
    await Promise.all(core.replicas.all().map(read))
    return { answers, errors }
  }

  const survey = async (full: boolean): Promise<SurveyResult> => {
    const startedAt = performance.now()
    const listed = await list()
    const hostError = listed instanceof PoolError ? listed : undefined
    const live = listed instanceof PoolError ? core.memory.all().map(({ session }) => session) : listed
    const ours = live.filter(
      ({ pool, sessionName }) => pool === core.key || core.codec.decode(sessionName) !== undefined,
    )
    const { answers, errors } = await readStores(new Map(ours.map((session) => [session.sessionName, session])), full)
    const reconciliation = reconcile({
      live,
      known: core.memory.all().map(toKnown),
      answers: [...answers].map(([replica, answer]) => ({ ...answer, store: replica.label })),
      stores: core.replicas.all().map(({ label }) => label),
      pool: core.key,
      decode: (name) => core.codec.decode(name),
      adopt: (session) => mayAdopt(core, session),
    })
    applyReconciliation(core, reconciliation, { startedAt, hostAnswered: !hostError })
    admitAnswers(core, answers)
    for (const [identity, at] of core.departed) if (at < startedAt) core.departed.delete(identity)
    return { hostError, storeErrors: errors, answers: [...answers.values()], reconciliation }
  }

  return createTurns((requests: boolean[]) => survey(requests.some((full) => full)))
}

function toKnown({ workspace, session, answeredBy }: Entry): KnownSession {
  return { workspace, session, answeredBy: [...answeredBy].map(({ label }) => label) }
}

function mayAdopt(core: PoolCore, session: HostSession): boolean {
  const { adopt } = core.options
  if (session.pool !== undefined) return false
  if (typeof adopt !== 'function') return adopt === 'prefix'
  try {
    return adopt(session) === true
  } catch (error) {
    core.logger.warn(
      { sessionName: session.sessionName, err: error },
      'The adopt function failed - the session is left alone',
    )
    return false
  }
}

export type Survey = ReturnType<typeof createSurvey>
