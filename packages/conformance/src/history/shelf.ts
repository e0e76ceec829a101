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
  /** What was read where it is not certain what stands there, and nothing was written since. */
  const seen = new Map<string, Stored | undefined>()
  /** Every record that was acknowledged, by its name. */
  const everOf = new Map<string, Stored[]>()
  const may = (name: string): readonly Candidate[] => shelves.get(name) ?? NOTHING

  /** What stands under a name for sure, if it is of that incarnation. */
  const certain = (name: string, incarnation: string): Stored | undefined =>
    may(name).every(({ record }) => incarnationOf(record) === incarnation) ? lowest(may(name)) : undefined
  /** One of its records was removed, or its name taken: from then on another one that is left is the last that is known. */
  const relearn = (incarnation: string): void => {
    const left = [...shelves.keys()].map((name) => certain(name, incarnation))
    const most = (field: string) => Math.max(0, ...left.map((record) => Number(record?.[field] ?? 0)))
    revisions.set(incarnation, most('revision'))
    totals.set(incarnation, most('totalRequests'))
  }

  return {
    may,
    certain,
    names: (): string[] => [...shelves.keys()],
    /** The names under which a record of that incarnation may stand. */
    namesOf: (incarnation: string): string[] =>
      [...shelves.keys()].filter((name) => may(name).some(({ record }) => incarnationOf(record) === incarnation)),
    revision: (incarnation: string): number => revisions.get(incarnation) ?? 0,
    total: (incarnation: string): number => totals.get(incarnation) ?? 0,
    /** A store has shown what it has. */
    seen: (name: string, record: Stored | undefined): void => void seen.set(name, record),
    shown: (name: string): Stored | undefined => seen.get(name),
    /** Every record that ever stood under a name for sure. */
    ever: (name: string): readonly Stored[] => everOf.get(name) ?? [],
    /** A record, or undefined for none, is on its way to the store. */
    sent(name: string, record: Stored | undefined, by: number): void {
      shelves.set(name, [...may(name), { record, by }])
      seen.delete(name)
    },
    /** It is there. */
    done(name: string, record: Stored | undefined, by: number): void {
      const before = may(name)
      seen.delete(name)
      shelves.set(name, [{ record, by }])
      for (const one of before)
        if (one.record && incarnationOf(one.record) !== incarnationOf(record)) relearn(incarnationOf(one.record))
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

/** The requests of a record by the run that counted them; those of runs that kept no count under one key. */
export function countsIn({ totalRequests, counts }: Stored): Readonly<Record<string, number>> {
  return (counts as Readonly<Record<string, number>> | undefined) ?? { '<=': Number(totalRequests) }
}

/** What several records of one incarnation say together: the base that goes furthest, and the most of each later run. */
export function requestsIn(records: readonly Stored[]): number {
  const counts = records.flatMap((record) => Object.entries(countsIn(record)))
  const base = counts.map(([run]) => run).reduce((a, b) => (b.startsWith('<=') && b > a ? b : a), '<=')
  const most = new Map<string, number>()
  for (const [run, count] of counts)
    if (run === base || (!run.startsWith('<=') && `<=${run}` > base)) most.set(run, Math.max(most.get(run) ?? 0, count))
  return [...most.values()].reduce((sum, count) => sum + count, 0)
}

export type Shelf = ReturnType<typeof createShelf>
