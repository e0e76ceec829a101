import { performance } from 'node:perf_hooks'
import { atMost } from '../../base/timeout.ts'
import type { StoreCapabilities } from '../../contracts/metadata-store.ts'
import { PoolError } from '../../errors/pool-error.ts'
import { StoreError } from '../../errors/store-error.ts'
import type { Replica } from '../../replication/replica.ts'
import { assertOwner, assertRunning, type PoolCore } from '../../sessions/pool-core.ts'
import type { Entry } from '../../sessions/session.ts'
import { knownEntry } from './require-session.ts'
import type { Verbs } from './verbs.ts'

/** What `saveSessionMetadata` achieved. */
export interface Saved {
  /** The revision that is saved. */
  readonly revision: number
  /** What it survives, in the safest of `stores` that is in force. */
  readonly durability: StoreCapabilities['durability']
  /** The stores that acknowledged it. Empty with `none`, where nothing is to be saved. */
  readonly stores: readonly string[]
}

const RANK = { none: 0, process: 1, power: 2 } as const

export function createSaveSessionMetadata(verbs: Verbs) {
  const { core, attach, persistence } = verbs
  return async (workspace: string): Promise<Saved> => {
    assertRunning(core)
    assertOwner(core, 'Saving metadata')
    await attach()
    const entry = await knownEntry(verbs, workspace)
    const { revision } = entry
    const asked = askedToSave(core)
    if (asked.length === 0) return { revision, durability: 'none', stores: [] }
    const { acknowledged, lasting, failed } = await writeEntry({ core, persistence }, entry, asked)
    const [safest] = lasting.sort((a, b) => rankOf(b) - rankOf(a))
    if (safest) {
      const { durability } = safest.store.capabilities
      return { revision, durability, stores: acknowledged.map(({ label }) => label) }
    }
    if (!core.memory.has(entry)) {
      throw new PoolError('SESSION_GONE', `The session of ${workspace} ended while it was being saved.`, {
        context: { workspace },
      })
    }
    const late = `No store has acknowledged ${workspace} in time; it stays to be written. Try again.`
    const [error = new StoreError('STORE_TIMEOUT', late)] = failed
    core.logger.warn({ workspace, recovered: false, code: error.code, err: error }, 'Failed to save session metadata')
    throw error
  }
}

/** Those that are relied on and keep what they are given, and those that a switch prepares, once they can be written. */
function askedToSave({ replicas }: PoolCore): Replica[] {
  return replicas.members().flatMap(({ replica, isCandidate }) => {
    const isAsked = !isCandidate || replica.state() === 'attached'
    return isAsked && replica.store.capabilities.retains ? [replica] : []
  })
}

type Writing = Pick<Verbs, 'core' | 'persistence'>

/** Writes a session under its present name; under the next one, if it is renamed meanwhile. */
async function writeEntry(pool: Writing, entry: Entry, replicas: readonly Replica[]): Promise<Outcome> {
  const { core } = pool
  const until = performance.now() + core.options.metadata.saveDeadlineMs
  for (;;) {
    const { sessionName } = entry.session
    const outcome = await writeTo(pool, replicas, sessionName, Math.max(1, until - performance.now()))
    const renamed = core.memory.has(entry) && entry.session.sessionName !== sessionName
    if (outcome.lasting.length > 0 || !renamed || performance.now() >= until) return outcome
  }
}

interface Outcome {
  readonly acknowledged: Replica[]
  /** Those of them that were relied on when it was asked for, or are by now: a store that is only prepared may be let go again. */
  readonly lasting: Replica[]
  readonly failed: StoreError[]
}

/**
 * Writes to all of them at once, and waits until no store that is still out could promise more than those that are in.
 * One that is being prepared is waited for in any case: once it is in force, what was acknowledged is to be in it. And one
 * of those that a restart would select has to be in, as long as they work: a call at run time is forgotten by a restart.
 */
async function writeTo(
  { core, persistence }: Writing,
  replicas: readonly Replica[],
  name: string,
  deadlineMs: number,
): Promise<Outcome> {
  const relied = new Set(core.replicas.inForce())
  const forRestart = replicas.filter(
    (replica) =>
      ['joining', 'attached'].includes(replica.state()) && persistence.isForRestart(core.replicas.keyOf(replica)),
  )
  const acknowledged: Replica[] = []
  const lasting = () => {
    const inForce = core.replicas.inForce()
    return acknowledged.filter((replica) => relied.has(replica) || inForce.includes(replica))
  }
  const failed: StoreError[] = []
  const out = new Set(replicas)
  const enough = new Promise<void>((resolve) => {
    const settle = (replica: Replica) => {
      out.delete(replica)
      const isLasting =
        forRestart.some((other) => acknowledged.includes(other)) || !forRestart.some((other) => out.has(other))
      const best = Math.max(-1, ...lasting().map(rankOf))
      if (isLasting && [...out].every((other) => relied.has(other) && rankOf(other) <= best)) resolve()
    }
    for (const replica of replicas) {
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
  await atMost(deadlineMs, enough)
  return { acknowledged: [...acknowledged], lasting: lasting(), failed: [...failed] }
}

function rankOf({ store }: Replica): number {
  return RANK[store.capabilities.durability]
}
