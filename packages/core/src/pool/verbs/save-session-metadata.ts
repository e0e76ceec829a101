import type { Clock } from '../../base/clock.ts'
import { waitAtMost } from '../../base/timeout.ts'
import type { Logger } from '../../contracts/logger.ts'
import type { StoreCapabilities } from '../../contracts/metadata-store.ts'
import { PoolError } from '../../errors/pool-error.ts'
import { StoreError } from '../../errors/store-error.ts'
import type { Replica } from '../../replication/replica.ts'
import type { ReplicaSet } from '../../replication/replicas.ts'
import type { Session } from '../../sessions/session.ts'
import type { Persistence } from '../stores/persistence-verbs.ts'
import type { RequireSession, SessionSources } from './require-session.ts'

/** What `saveSessionMetadata` achieved. */
export interface Saved {
  /** The revision that is saved. */
  readonly revision: number
  /** What it survives, in the safest of `stores` that is active. */
  readonly durability: StoreCapabilities['durability']
  /** The stores that acknowledged it. Empty with `none`, where nothing is to be saved. */
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
  /** The most that one save waits, ms. */
  readonly timeoutMs: number
}

interface Outcome {
  readonly acknowledged: Replica[]
  /** Those of them that were relied on when it was asked for, or are by now: a store that is only prepared may be detached again. */
  readonly lasting: Replica[]
  readonly failed: StoreError[]
}

export function createSaveSessionMetadata(options: SaveOptions) {
  const { sources, requireSession, replicas, isForRestart, logger, clock, timeoutMs } = options
  const { table, state, attach } = sources

  /** Those that are relied on and keep what they are given, and those that a switch prepares, once they can be written. */
  const askedToSave = (): Replica[] =>
    replicas.members().flatMap(({ replica, isCandidate }) => {
      const isAsked = !isCandidate || replica.state() === 'attached'
      return isAsked && replica.store.capabilities.retains ? [replica] : []
    })

  /**
   * Writes to all of them at once, and waits until no store that is still out could promise more than those that are in.
   * One that is being prepared is waited for in any case: once it is active, what was acknowledged is to be in it. And one
   * of those that a restart would select has to be in, as long as they work: a call at run time is forgotten by a restart.
   */
  const writeTo = async (asked: readonly Replica[], name: string, leftMs: number): Promise<Outcome> => {
    const relied = new Set(replicas.active())
    const forRestart = asked.filter(
      (replica) => ['joining', 'attached'].includes(replica.state()) && isForRestart(replicas.keyOf(replica)),
    )
    const acknowledged: Replica[] = []
    const lasting = () => {
      const active = replicas.active()
      return acknowledged.filter((replica) => relied.has(replica) || active.includes(replica))
    }
    const failed: StoreError[] = []
    const out = new Set(asked)
    const enough = new Promise<void>((resolve) => {
      const settle = (replica: Replica) => {
        out.delete(replica)
        const isLasting =
          forRestart.some((other) => acknowledged.includes(other)) || !forRestart.some((other) => out.has(other))
        const best = Math.max(-1, ...lasting().map(rankOf))
        if (isLasting && [...out].every((other) => relied.has(other) && rankOf(other) <= best)) resolve()
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

  /** Writes a session under its present name; under the next one, if it is renamed meanwhile. */
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
    const asked = askedToSave()
    if (asked.length === 0) return { revision, durability: 'none', stores: [] }
    const { acknowledged, lasting, failed } = await write(session, asked)
    const [safest] = lasting.sort((a, b) => rankOf(b) - rankOf(a))
    if (safest) {
      const { durability } = safest.store.capabilities
      return { revision, durability, stores: acknowledged.map(({ label }) => label) }
    }
    if (!table.has(session)) {
      const message = `The session of ${workspace} ended while it was being saved.`
      throw new PoolError('SESSION_GONE', message, { context: { workspace } })
    }
    const late = `No store has acknowledged ${workspace} in time; it stays to be written. Try again.`
    const [error = new StoreError('STORE_TIMEOUT', late)] = failed
    logger.warn({ workspace, recovered: false, code: error.code, err: error }, 'Failed to save session metadata')
    throw error
  }
}

function rankOf({ store }: Replica): number {
  return RANK[store.capabilities.durability]
}
