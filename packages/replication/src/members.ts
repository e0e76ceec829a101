import type { Replica } from './replica.ts'

/**
 * Identifies a store over several selections: the store object itself, or its name with its options. By its key the pool
 * recognizes a store that was detached and is selected again.
 */
export type StoreKey = object | string

/**
 * Why a store takes part: the selection names it first (`primary`), it gets every change too (`mirror`), or it is the
 * configured store, which the pool keeps up to date while a call at run time has selected another store (`standby`).
 */
export type StoreRole = 'primary' | 'mirror' | 'standby'

/** A store that takes part, and why. */
export interface Member {
  readonly replica: Replica
  readonly key: StoreKey
  role: StoreRole
  /** Whether a switch is still preparing the store: it is written like the others, but nothing relies on it yet. */
  isCandidate: boolean
}

/** Makes the list of stores that take part, the primary first. */
export function createMembers() {
  let members: readonly Member[] = []
  let replicas: readonly Replica[] = []

  // Called several times for each session, so the usual answer is not made anew.
  const active = (): readonly Replica[] =>
    members.some(({ isCandidate }) => isCandidate)
      ? members.flatMap(({ replica, isCandidate }) => (isCandidate ? [] : [replica]))
      : replicas
  const retaining = (): Replica[] => active().filter(({ store }) => store.capabilities.retains)

  return {
    members: (): readonly Member[] => members,
    /** All stores that take part, also candidates. */
    all: (): readonly Replica[] => replicas,
    /** The stores that take part, without candidates. */
    active,
    /** The active stores that retain records. */
    retaining,
    /** The labels of the active stores that retain records and can be written now. */
    healthyLabels: (): string[] =>
      retaining().flatMap((replica) => (replica.reported().state === 'attached' ? [replica.label] : [])),
    /** The key of a store; undefined if the store does not take part. */
    keyOf: (replica: Replica): StoreKey | undefined => members.find((member) => member.replica === replica)?.key,

    /** The name of a store, made unique among the stores that take part. */
    labelFor(name: string): string {
      const taken = new Set(members.map(({ replica }) => replica.label))
      for (let at = 1; ; at += 1) {
        const label = at === 1 ? name : `${name}#${at}`
        if (!taken.has(label)) return label
      }
    },
    /** Replaces the list. Returns the stores that no longer take part. */
    become(next: readonly Member[]): Member[] {
      const removed = members.filter((member) => !next.includes(member))
      members = next
      replicas = next.map(({ replica }) => replica)
      return removed
    },
  }
}
