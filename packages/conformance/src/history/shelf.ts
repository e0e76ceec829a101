export type Stored = Readonly<Record<string, unknown>>

/** One thing that may stand under a name: a record and the process that wrote it, or nothing. */
export interface Candidate {
  readonly record: Stored | undefined
  readonly by: number
}

/** What earlier processes left in a store of one incarnation. */
export interface Past {
  /** What stands there for sure. */
  readonly certain: readonly Stored[]
  /** All that may stand there. */
  readonly possible: readonly Stored[]
}

const NOTHING: readonly Candidate[] = [{ record: undefined, by: 0 }]

/**
 * What may stand in one place, by what was sent there and what became of it: one candidate under a name whose last write
 * was acknowledged, several where a call failed or was cut off.
 */
export function createShelf() {
  const shelves = new Map<string, readonly Candidate[]>()
  /** The highest revision and total of each incarnation that were acknowledged. */
  const revisions = new Map<string, number>()
  const totals = new Map<string, number>()
  /** Every record that was acknowledged, by its name. */
  const everOf = new Map<string, Stored[]>()
  const may = (name: string): readonly Candidate[] => shelves.get(name) ?? NOTHING

  return {
    may,
    names: (): string[] => [...shelves.keys()],
    revision: (incarnation: string): number => revisions.get(incarnation) ?? 0,
    total: (incarnation: string): number => totals.get(incarnation) ?? 0,
    /** Every record that ever stood under a name for sure. */
    ever: (name: string): readonly Stored[] => everOf.get(name) ?? [],
    /** A record, or undefined for none, is on its way to the store. */
    sent(name: string, record: Stored | undefined, by: number): void {
      shelves.set(name, [...may(name), { record, by }])
    },
    /** It is there. */
    done(name: string, record: Stored | undefined, by: number): void {
      shelves.set(name, [{ record, by }])
      if (!record) return
      everOf.set(name, [...(everOf.get(name) ?? []), record])
      const incarnation = incarnationOf(record)
      revisions.set(incarnation, Math.max(revisions.get(incarnation) ?? 0, Number(record.revision)))
      totals.set(incarnation, Math.max(totals.get(incarnation) ?? 0, Number(record.totalRequests)))
    },
    /** What there is of each incarnation that process `but` has not written itself. */
    past(but: number): Map<string, Past> {
      const all = new Map<string, Past>()
      for (const candidates of shelves.values()) {
        const [first] = candidates
        const isCertain = candidates.every(
          ({ record }) => record && incarnationOf(record) === incarnationOf(first?.record),
        )
        for (const { record, by } of candidates) {
          if (!record || by === but) continue
          const { certain, possible } = all.get(incarnationOf(record)) ?? { certain: [], possible: [] }
          const least = isCertain && record === lowest(candidates)
          all.set(incarnationOf(record), {
            certain: least ? [...certain, record] : certain,
            possible: [...possible, record],
          })
        }
      }
      return all
    },
  }
}

function lowest(candidates: readonly Candidate[]): Stored | undefined {
  return candidates.map(({ record }) => record).reduce((a, b) => (Number(b?.revision) < Number(a?.revision) ? b : a))
}

export function incarnationOf(record: Stored | undefined): string {
  return String(record?.incarnation)
}

export type Shelf = ReturnType<typeof createShelf>
