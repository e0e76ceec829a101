import { randomUUID } from 'node:crypto'
import { atMost } from '../async/deadline.ts'
import type { Logger } from '../contracts/logger.ts'
import type { MetadataStore } from '../contracts/metadata-store.ts'
import type { StoreError } from '../errors/store-error.ts'
import type { Departures } from '../memory/departures.ts'
import type { Entry } from '../memory/entry.ts'
import type { Memory } from '../memory/memory.ts'
import { createReplica, type Replica } from '../replica/replica.ts'
import type { ReplicaState } from '../replica/replica-state.ts'
import type { StoreKey } from '../replica/store-key.ts'
import { createDecisions } from './decisions.ts'
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

/**
 * What a store is there for: the one that was chosen, a further copy, or the configured one, kept current while a call
 * at run time has chosen another.
 */
export type StoreRole = 'primary' | 'mirror' | 'kept'

/** A store behind the pool, and why it is there. */
export interface Member {
  readonly replica: Replica
  readonly key: StoreKey
  role: StoreRole
  /** Whether it is only being prepared: it is written like the others, and nothing relies on it yet. */
  isCandidate: boolean
}

/** The stores behind the pool, and what they are told of its memory. */
export function createReplicaSet({ memory, departures, key: owner, logger, options }: ReplicaSetOptions) {
  let members: readonly Member[] = []
  const probeName = `sessionkeep-probe-${randomUUID()}`
  const { metadata } = options
  const { decide, onWritten, ...told } = createDecisions(memory, departures, owner)

  const all = (): Replica[] => members.map(({ replica }) => replica)
  const inForce = (): Replica[] => members.flatMap(({ replica, isCandidate }) => (isCandidate ? [] : [replica]))

  /** Tells every store what has changed since the last time. */
  const distribute = (): void => {
    for (const { session, saved, revision, changedAt } of memory.takeChanged()) {
      for (const { replica } of members)
        if (saved.get(replica) !== revision) replica.mark(session.sessionName, changedAt)
    }
  }

  const uniqueLabel = (name: string): string => {
    const taken = new Set(members.map(({ replica }) => replica.label))
    for (let at = 1; ; at += 1) {
      const label = at === 1 ? name : `${name}#${at}`
      if (!taken.has(label)) return label
    }
  }

  let flushTimer: NodeJS.Timeout | undefined

  return {
    members: (): readonly Member[] => members,
    /** Every store that takes part, those that are being prepared included. */
    all,
    /** The stores that are relied on. */
    inForce,
    /** Those that keep what they are given, with those that are being prepared once they can be written. */
    retaining: (): Replica[] =>
      members.flatMap(({ replica, isCandidate }) =>
        replica.store.capabilities.retains && (!isCandidate || replica.state() === 'attached') ? [replica] : [],
      ),

    add(store: MetadataStore, hooks: ReplicaHooks, as: Omit<Member, 'replica'>): Member {
      const replica: Replica = createReplica({
        store,
        label: uniqueLabel(store.name),
        namespace: options.poolId,
        owner,
        readOnly: options.role === 'observer',
        logger,
        probe: as.isCandidate ? probeName : undefined,
        timing: {
          callDeadlineMs: metadata.callDeadlineMs,
          backoff: { minMs: Math.min(200, metadata.maxRetryMs), maxMs: metadata.maxRetryMs },
          lockRetryMs: metadata.lockRetryMs,
        },
        decide: (name) => decide(name, replica),
        onWritten: (written, name, decision) => onWritten(written, as.key, name, decision),
        ...hooks,
      })
      const member = { ...as, replica }
      members = [...members, member]
      return member
    },
    /** Those of `kept`, in that order, stay; gives those that no longer take part. What they still lack may be written on. */
    retain(kept: readonly Member[]): Member[] {
      distribute()
      const left = members.filter((member) => !kept.includes(member))
      members = kept
      return left
    },
    ...told,
    keyOf: (replica: Replica): StoreKey | undefined => members.find((member) => member.replica === replica)?.key,
    /** Everything that lives is to be written there, as far as it is not. */
    markAll(replica: Replica): void {
      for (const { session, saved, revision } of memory.all())
        if (saved.get(replica) !== revision) replica.mark(session.sessionName)
    },

    /** Lets every store go, as if none had been added. */
    async clear(): Promise<void> {
      const left = members
      members = []
      await Promise.all(left.map(({ replica }) => replica.detach(metadata.callDeadlineMs)))
      for (const { replica } of left) told.forget(replica)
    },

    distribute,
    flush(): Promise<unknown> {
      distribute()
      return Promise.all(members.map(({ replica }) => replica.flush()))
    },
    startFlushing(): void {
      flushTimer = setInterval(() => void this.flush(), metadata.flushIntervalMs).unref()
    },
    stopFlushing: (): void => clearInterval(flushTimer),

    /** Writes these names at once, and waits for the first attempt of every store, at most `ackMs`. Never rejects. */
    async acknowledge(names: readonly string[]): Promise<void> {
      for (const name of names) memory.settle(name)
      const attempts = members.flatMap(({ replica, isCandidate }) => {
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
          (stores.length > 0 && entry.unheard.size === 0 && stores.every((replica) => entry.answeredBy.has(replica))),
        saved: stores.some(
          (replica) => replica.store.capabilities.retains && entry.saved.get(replica) === entry.revision,
        ),
      }
    },
  }
}

export type ReplicaSet = ReturnType<typeof createReplicaSet>
