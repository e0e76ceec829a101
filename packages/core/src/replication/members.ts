import type { Replica } from './replica.ts'

/**
 * What makes two selections the same store: the object itself, or the name with its options. A store that was detached and
 * is chosen again is known by it.
 */
export type StoreKey = object | string

/**
 * What a store is there for: the one that was chosen (`primary`), a further copy (`mirror`), or the configured one, kept
 * current while a call at run time has chosen another (`standby`).
 */
export type StoreRole = 'primary' | 'mirror' | 'standby'

/** A store behind the pool, and why it is there. */
export interface Member {
  readonly replica: Replica
  readonly key: StoreKey
  role: StoreRole
  /** Whether it is only being prepared: it is written like the others, and nothing relies on it yet. */
  isCandidate: boolean
}

/** The stores that take part, in the order in which they are asked. */
export function createMembers() {
  let members: readonly Member[] = []

  const active = (): Replica[] => members.flatMap(({ replica, isCandidate }) => (isCandidate ? [] : [replica]))
  const retaining = (): Replica[] => active().filter(({ store }) => store.capabilities.retains)

  return {
    members: (): readonly Member[] => members,
    /** Every store that takes part, those that are being prepared included. */
    all: (): Replica[] => members.map(({ replica }) => replica),
    /** The stores that are counted on. */
    active,
    /** Those of them that keep what they are given. */
    retaining,
    /** The labels of the stores that take writes now and keep them. */
    healthyLabels: (): string[] =>
      retaining().flatMap((replica) => (replica.state() === 'attached' ? [replica.label] : [])),
    keyOf: (replica: Replica): StoreKey | undefined => members.find((member) => member.replica === replica)?.key,

    /** A store's name, made unique among those that take part now. */
    labelFor(name: string): string {
      const taken = new Set(members.map(({ replica }) => replica.label))
      for (let at = 1; ; at += 1) {
        const label = at === 1 ? name : `${name}#${at}`
        if (!taken.has(label)) return label
      }
    },
    /** These take part from now on, and no others; gives those that do not any more. */
    become(next: readonly Member[]): Member[] {
      const left = members.filter((member) => !next.includes(member))
      members = next
      return left
    },
  }
}
