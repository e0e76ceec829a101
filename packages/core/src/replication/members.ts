import type { Replica } from './replica.ts'
import type { StoreKey } from './store-key.ts'

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

/** The stores that take part, in the order in which they are asked. */
export function createMembers() {
  let members: readonly Member[] = []

  const inForce = (): Replica[] => members.flatMap(({ replica, isCandidate }) => (isCandidate ? [] : [replica]))

  return {
    members: (): readonly Member[] => members,
    /** Every store that takes part, those that are being prepared included. */
    all: (): Replica[] => members.map(({ replica }) => replica),
    /** The stores that are relied on. */
    inForce,
    /** Those of them that keep what they are given. */
    retaining: (): Replica[] => inForce().filter(({ store }) => store.capabilities.retains),
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
