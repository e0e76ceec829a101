import { atMost } from '../async/deadline.ts'
import type { Logger } from '../contracts/logger.ts'
import type { MetadataStore } from '../contracts/metadata-store.ts'
import type { StoreError } from '../errors/store-error.ts'
import type { Departure, Departures } from '../memory/departures.ts'
import type { Entry } from '../memory/entry.ts'
import type { Memory } from '../memory/memory.ts'
import { snapshot } from '../memory/snapshot.ts'
import { serializeRecord } from '../record/parse-record.ts'
import type { Decision } from '../replica/decision.ts'
import { createReplica, type Replica } from '../replica/replica.ts'
import type { ReplicaState } from '../replica/replica-state.ts'
import type { ResolvedOptions } from './options.ts'

export interface ReplicaSetOptions {
  readonly memory: Memory
  readonly departures: Departures
  readonly key: string
  readonly logger: Logger
  readonly options: ResolvedOptions
}

export interface ReplicaHooks {
  readonly join: (replica: Replica) => Promise<void>
  readonly onState: (replica: Replica, state: ReplicaState, error: StoreError | undefined) => void
  readonly onNameFailed: (replica: Replica, name: string, error: StoreError) => void
}

/** The stores behind the pool, and what they are told of its memory. */
export function createReplicaSet({ memory, departures, key, logger, options }: ReplicaSetOptions) {
  const replicas: Replica[] = []
  const { metadata } = options

  /** What a store should hold under a name: the live session's record, else what is left to say of one that left. */
  const decide = (name: string, replica: Replica): Decision | undefined => {
    const entry = memory.named(name)
    if (entry) {
      entry.claimed = true
      const when = entry.outcome === 'created' ? 'now' : entry.answeredBy.has(replica) ? 'answered' : 'later'
      return { about: entry, revision: entry.revision, record: serializeRecord(snapshot(entry, key)), when }
    }
    const departure = departures.get(name)
    if (!departure) return undefined
    const record = departure.record && serializeRecord(departure.record)
    return {
      about: departure,
      revision: departure.revision,
      record,
      when: isSafeElsewhere(departure, replica) ? 'answered' : 'later',
    }
  }

  /** Whether what a former name had stands under the present one; true where there is no present one. */
  const isSafeElsewhere = ({ after }: Departure, replica: Replica): boolean => {
    if (!after) return true
    if (memory.has(after)) return after.saved.has(replica)
    const last = departures.get(after.session.sessionName)
    return !(last?.record && last.pending.has(replica))
  }

  const onWritten = (replica: Replica, name: string, { about, revision }: Decision): void => {
    if (about === departures.get(name)) departures.acknowledged(name, replica)
    const entry = memory.named(name)
    // What was written was of an earlier session of that name.
    if (!entry || about !== entry) return
    entry.saved.set(replica, revision)
    entry.answeredBy.add(replica)
    entry.writtenTo.add(replica)
  }

  /** Tells every store what has changed since the last time. */
  const distribute = (): void => {
    for (const { session, saved, revision } of memory.takeChanged()) {
      for (const replica of replicas) if (saved.get(replica) !== revision) replica.mark(session.sessionName)
    }
  }

  const uniqueLabel = (name: string): string => {
    const same = replicas.filter(({ store }) => store.name === name).length
    return same === 0 ? name : `${name}#${same + 1}`
  }

  let flushTimer: NodeJS.Timeout | undefined
  const flush = (): Promise<unknown> => {
    distribute()
    return Promise.all(replicas.map((replica) => replica.flush()))
  }

  return {
    all: (): readonly Replica[] => replicas,
    retaining: (): Replica[] => replicas.filter(({ store }) => store.capabilities.retains),

    add(store: MetadataStore, hooks: ReplicaHooks): Replica {
      const replica: Replica = createReplica({
        store,
        label: uniqueLabel(store.name),
        namespace: options.poolId,
        owner: key,
        readOnly: options.role === 'observer',
        logger,
        timing: {
          callDeadlineMs: metadata.callDeadlineMs,
          backoff: { minMs: Math.min(200, metadata.maxRetryMs), maxMs: metadata.maxRetryMs },
          lockRetryMs: metadata.lockRetryMs,
        },
        decide: (name) => decide(name, replica),
        onWritten,
        ...hooks,
      })
      replicas.push(replica)
      return replica
    },

    distribute,
    flush,
    startFlushing(): void {
      flushTimer = setInterval(() => void flush(), metadata.flushIntervalMs).unref()
    },
    stopFlushing: (): void => clearInterval(flushTimer),
    /** Lets every store go, as if none had been added. */
    async clear(): Promise<void> {
      await Promise.all(replicas.map((replica) => replica.detach(metadata.callDeadlineMs)))
      replicas.length = 0
    },

    /** Writes these names at once, and waits for the first attempt of every store, at most `ackMs`. Never rejects. */
    async acknowledge(names: readonly string[]): Promise<void> {
      for (const name of names) memory.settle(name)
      const attempts = replicas.flatMap((replica) => names.map((name) => replica.write(name, { retry: false })))
      await atMost(metadata.ackMs, Promise.allSettled(attempts))
    },

    /** Whether all stores have answered for a session, and whether one that retains has all that is known of it. */
    standing(entry: Entry): { verified: boolean; saved: boolean } {
      return {
        verified:
          entry.outcome === 'created' ||
          (replicas.length > 0 && replicas.every((replica) => entry.answeredBy.has(replica))),
        saved: replicas.some(
          (replica) => replica.store.capabilities.retains && entry.saved.get(replica) === entry.revision,
        ),
      }
    },
  }
}

export type ReplicaSet = ReturnType<typeof createReplicaSet>
