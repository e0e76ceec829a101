import { type Clock, type Logger, type StoreCapabilities, StoreError } from '@sessionkeep/contracts'
import { PoolError } from '@sessionkeep/contracts/errors'
import { createTurns, waitAtMost } from '@sessionkeep/contracts/internal'
import type { Replica, ReplicaSet } from '@sessionkeep/replication'
import type { Session } from '../../sessions/session.ts'
import type { Persistence } from '../stores/persistence-verbs.ts'
import type { RequireSession, SessionSources } from './require-session.ts'

/** The result of `saveSessionMetadata()`. */
export interface Saved {
  /** The revision that was saved. */
  readonly revision: number
  /** What the save survives, in the most durable of `stores` that is active. */
  readonly durability: StoreCapabilities['durability']
  /** The stores that acknowledged the save. Empty when no store retains records. */
  readonly stores: readonly string[]
}

const RANK = { none: 0, process: 1, power: 2 } as const

interface SaveOptions {
  readonly sources: SessionSources
  readonly requireSession: RequireSession
  readonly replicas: ReplicaSet
  readonly isForRestart: Persistence['isForRestart']
  readonly logger: Logger
  readonly clock: Clock
  /** How long one save waits, ms. */
  readonly timeoutMs: number
}

interface Outcome {
  readonly acknowledged: Replica[]
  /** Those of `acknowledged` that were active at the start of the save or are active now. A store that a switch only prepares may be detached again. */
  readonly lasting: Replica[]
  readonly failed: StoreError[]
}

/** Makes `saveSessionMetadata()`. */
export function createSaveSessionMetadata(options: SaveOptions) {
  const { sources, requireSession, replicas, isForRestart, logger, clock, timeoutMs } = options
  const { table, state, attach } = sources
  const nextTurn = createTurns()

  /** The stores to write to: active ones that retain records, and those that a switch prepares, once they are attached. */
  const askedToSave = (): Replica[] =>
    replicas.members().flatMap(({ replica, isCandidate }) => {
      const isAsked = !isCandidate || replica.state() === 'attached'
      return isAsked && replica.store.capabilities.retains ? [replica] : []
    })

  /**
   * Writes to all stores at once. It waits until no pending store could promise a higher durability than those that have
   * acknowledged. It also waits for every store that a switch prepares, because an acknowledged save must be in it once it is
   * active, and for one of the stores that a restart would select, as long as they work.
   */
  const writeTo = async (asked: readonly Replica[], name: string, leftMs: number): Promise<Outcome> => {
    const activeAtStart = new Set(replicas.active())
    const forRestart = asked.filter(
      (replica) => ['joining', 'attached'].includes(replica.state()) && isForRestart(replicas.keyOf(replica)),
    )
    const acknowledged: Replica[] = []
    const lasting = () => {
      const active = replicas.active()
      return acknowledged.filter((replica) => activeAtStart.has(replica) || active.includes(replica))
    }
    const failed: StoreError[] = []
    const pending = new Set(asked)
    const enough = new Promise<void>((resolve) => {
      const settle = (replica: Replica) => {
        pending.delete(replica)
        const survivesRestart =
          forRestart.some((other) => acknowledged.includes(other)) || !forRestart.some((other) => pending.has(other))
        const best = Math.max(-1, ...lasting().map(rankOf))
        if (survivesRestart && [...pending].every((other) => activeAtStart.has(other) && rankOf(other) <= best))
          resolve()
      }
      for (const replica of asked) {
        replica.write(name, { retry: true }).then(
          () => {
            acknowledged.push(replica)
            settle(replica)
          },
          (error: StoreError) => {
            failed.push(error)
            settle(replica)
          },
        )
      }
    })
    await waitAtMost(leftMs, enough, clock)
    return { acknowledged: [...acknowledged], lasting: lasting(), failed: [...failed] }
  }

  /** Writes a session under its present name, and again under the new one if it is renamed during the write. */
  const write = async (session: Session, asked: readonly Replica[]): Promise<Outcome> => {
    const until = clock.now() + timeoutMs
    for (;;) {
      const { sessionName } = session.hosted
      const outcome = await writeTo(asked, sessionName, Math.max(1, until - clock.now()))
      const isRenamed = table.has(session) && session.hosted.sessionName !== sessionName
      if (outcome.lasting.length > 0 || !isRenamed || clock.now() >= until) return outcome
    }
  }

  return async (workspace: string): Promise<Saved> => {
    state.assertRunning()
    state.assertOwner('Saving metadata')
    await attach()
    const session = await requireSession(workspace)
    const { revision } = session
    await nextTurn()
    if (replicas.retaining().length === 0) return { revision, durability: 'none', stores: [] }
    const { acknowledged, lasting, failed } = await write(session, askedToSave())
    const [safest] = lasting.sort((a, b) => rankOf(b) - rankOf(a))
    if (safest) {
      const { durability } = safest.store.capabilities
      return { revision, durability, stores: acknowledged.map(({ label }) => label) }
    }
    if (!table.has(session)) {
      const message = `The session of ${workspace} ended while it was being saved.`
      throw new PoolError('SESSION_GONE', message, { context: { workspace } })
    }
    const late = `No store acknowledged the record of ${workspace} in time. The pool goes on trying to write it.`
    const [error = new StoreError('STORE_TIMEOUT', late)] = failed
    logger.warn({ workspace, recovered: false, code: error.code, err: error }, 'Failed to save session metadata')
    throw error
  }
}

const rankOf = ({ store }: Replica): number => RANK[store.capabilities.durability]
