import { randomUUID } from 'node:crypto'
import { atMost } from '../base/timeout.ts'
import type { Logger } from '../contracts/logger.ts'
import type { MetadataStore } from '../contracts/metadata-store.ts'
import type { StoreError } from '../errors/store-error.ts'
import type { ResolvedOptions } from '../pool/resolve-options.ts'
import { createDecisions } from '../sessions/desired-records.ts'
import type { Entry } from '../sessions/session.ts'
import type { Memory } from '../sessions/session-table.ts'
import type { Departures } from '../sessions/tombstones.ts'
import type { ReplicaState } from './connection.ts'
import { createMembers, type Member } from './members.ts'
import { createReplica, type Replica } from './replica.ts'

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
export function createReplicaSet({ memory, departures, key: owner, logger, options }: ReplicaSetOptions) {
  const { become, labelFor, ...views } = createMembers()
  const { members, inForce, retaining } = views
  const probeName = `sessionkeep-probe-${randomUUID()}`
  const { metadata } = options
  const { decide, onWritten, ...told } = createDecisions(memory, departures, owner)

  /** Tells every store what has changed since the last time. */
  const distribute = (): void => {
    for (const { session, saved, revision, changedAt } of memory.takeChanged()) {
      for (const { replica } of members())
        if (saved.get(replica) !== revision) replica.mark(session.sessionName, changedAt)
    }
  }

  let flushTimer: NodeJS.Timeout | undefined

  return {
    ...views,
    add(store: MetadataStore, hooks: ReplicaHooks, as: Omit<Member, 'replica'>): Member {
      const replica: Replica = createReplica({
        store,
        label: labelFor(store.name),
        namespace: options.poolId,
        owner,
        readOnly: options.role === 'observer',
        logger,
        probe: as.isCandidate ? probeName : undefined,
        timing: {
          callTimeoutMs: metadata.callDeadlineMs,
          backoff: { minMs: Math.min(200, metadata.maxRetryMs), maxMs: metadata.maxRetryMs },
          lockRetryMs: metadata.lockRetryMs,
        },
        decide: (name) => decide(name, replica),
        onWritten,
        ...hooks,
      })
      const member = { ...as, replica }
      become([...members(), member])
      return member
    },
    /** Those of `kept`, in that order, stay; gives those that no longer take part. What they still lack may be written on. */
    retain(kept: readonly Member[]): Member[] {
      distribute()
      return become(kept)
    },
    ...told,
    /** Everything that lives is to be written there, as far as it is not. */
    markAll(replica: Replica): void {
      for (const { session, saved, revision } of memory.all())
        if (saved.get(replica) !== revision) replica.mark(session.sessionName)
    },

    /** Lets every store go, as if none had been added. */
    async clear(): Promise<void> {
      const left = become([])
      await Promise.all(left.map(({ replica }) => replica.detach(metadata.callDeadlineMs)))
      for (const { replica } of left) told.forget(replica)
    },

    distribute,
    flush(): Promise<unknown> {
      distribute()
      return Promise.all(members().map(({ replica }) => replica.flush()))
    },
    startFlushing(): void {
      flushTimer = setInterval(() => void this.flush(), metadata.flushIntervalMs).unref()
    },
    stopFlushing: (): void => clearInterval(flushTimer),

    /** Writes these names at once, and waits for the first attempt of every store, at most `ackMs`. Never rejects. */
    async acknowledge(names: readonly string[]): Promise<void> {
      for (const name of names) memory.settle(name)
      const attempts = members().flatMap(({ replica, isCandidate }) => {
        // Nobody waits for a store that is only being prepared; it is told all the same.
        if (!isCandidate || replica.state() === 'attached') {
          return names.map((name) => replica.write(name, { retry: false }))
        }
        for (const name of names) replica.mark(name)
        return []
      })
      await atMost(metadata.ackMs, Promise.allSettled(attempts))
    },

    /** Whether all stores have answered for a session, and whether one that retains has all that is known of it. */
    standing(entry: Entry): { verified: boolean; saved: boolean } {
      const stores = inForce()
      return {
        verified:
          entry.outcome === 'created' ||
          (entry.outcome !== 'unverified' &&
            entry.unheard.size === 0 &&
            stores.every((replica) => entry.answeredBy.has(replica))),
        saved: retaining().some((replica) => entry.saved.get(replica) === entry.revision),
      }
    },
  }
}

export type ReplicaSet = ReturnType<typeof createReplicaSet>
