export type Stored = Readonly<Record<string, unknown>>

/** What a store may have under a name: a record with the process that wrote it, or no record. */
export interface Candidate {
  readonly record: Stored | undefined
  readonly by: number
}

/** The records of one incarnation that earlier processes wrote to a store. */
export interface Past {
  /** The records that are certainly stored. */
  readonly certain: readonly Stored[]
  /** All records that may be stored. */
  readonly possible: readonly Stored[]
}

const NOTHING: readonly Candidate[] = [{ record: undefined, by: 0 }]

/**
 * The model of one store, built from the writes that were sent to it and their outcomes. If the last write of a name
 * was acknowledged, the name has one candidate. If a call failed or was interrupted, it has several.
 */
export function createReferenceStore() {
  const contents = new Map<string, readonly Candidate[]>()
  /** The highest acknowledged revision of each incarnation. */
  const revisions = new Map<string, number>()
  /** The highest acknowledged total of requests of each incarnation. */
  const totals = new Map<string, number>()
  /** The record that the store returned last for a name, if nothing was written to that name since. */
  const lastReads = new Map<string, Stored | undefined>()
  /** Every record that was acknowledged, by its name. */
  const acknowledged = new Map<string, Stored[]>()
  /** Every record that was sent to the store, and the process that sent it. */
  const sent: Candidate[] = []
  const candidates = (name: string): readonly Candidate[] => contents.get(name) ?? NOTHING

  /** The record of that incarnation that is certainly stored under a name; undefined if the name may have another content. */
  const certain = (name: string, incarnation: string): Stored | undefined =>
    candidates(name).every(({ record }) => incarnationOf(record) === incarnation) ? lowest(candidates(name)) : undefined
  /** Recomputes the highest values of an incarnation after one of its records was removed or overwritten. */
  const recompute = (incarnation: string): void => {
    const remaining = [...contents.keys()].map((name) => certain(name, incarnation))
    const most = (field: string) => Math.max(0, ...remaining.map((record) => Number(record?.[field] ?? 0)))
    revisions.set(incarnation, most('revision'))
    totals.set(incarnation, most('totalRequests'))
  }

  return {
    candidates,
    certain,
    names: (): string[] => [...contents.keys()],
    /** The names under which a record of that incarnation may be stored. */
    namesOf: (incarnation: string): string[] =>
      [...contents.keys()].filter((name) =>
        candidates(name).some(({ record }) => incarnationOf(record) === incarnation),
      ),
    revision: (incarnation: string): number => revisions.get(incarnation) ?? 0,
    total: (incarnation: string): number => totals.get(incarnation) ?? 0,
    /** Notes that the store returned this record, or none. */
    noteRead: (name: string, record: Stored | undefined): void => void lastReads.set(name, record),
    lastRead: (name: string): Stored | undefined => lastReads.get(name),
    /** Every record that the store ever acknowledged under a name. */
    everAcknowledged: (name: string): readonly Stored[] => acknowledged.get(name) ?? [],
    /** The records of an incarnation that a process has sent to the store. */
    sentBy: (process: number | undefined, incarnation: string): Stored[] =>
      sent.flatMap(({ record, by }) =>
        by === process && incarnationOf(record) === incarnation && record ? [record] : [],
      ),
    /** Notes that a write was sent. If `record` is undefined, it is a removal. */
    noteSent(name: string, record: Stored | undefined, by: number): void {
      contents.set(name, [...candidates(name), { record, by }])
      if (record) sent.push({ record, by })
      lastReads.delete(name)
    },
    /** Notes that the store acknowledged a write. If `record` is undefined, it is a removal. */
    noteAcknowledged(name: string, record: Stored | undefined, by: number): void {
      const before = candidates(name)
      lastReads.delete(name)
      contents.set(name, [{ record, by }])
      for (const last of before)
        if (last.record && incarnationOf(last.record) !== incarnationOf(record)) recompute(incarnationOf(last.record))
      if (!record) return
      acknowledged.set(name, [...(acknowledged.get(name) ?? []), record])
      const incarnation = incarnationOf(record)
      revisions.set(incarnation, Math.max(revisions.get(incarnation) ?? 0, Number(record.revision)))
      totals.set(incarnation, Math.max(totals.get(incarnation) ?? 0, Number(record.totalRequests)))
    },
    /** The records of each incarnation that processes other than `but` wrote. */
    past(but: number): Map<string, Past> {
      const all = new Map<string, Past>()
      for (const possibleContents of contents.values()) {
        const [first] = possibleContents
        const isCertain = possibleContents.every(
          ({ record }) => record && incarnationOf(record) === incarnationOf(first?.record),
        )
        for (const { record, by } of possibleContents) {
          if (!record || by === but) continue
          const { certain, possible } = all.get(incarnationOf(record)) ?? { certain: [], possible: [] }
          const least = isCertain && record === lowest(possibleContents)
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

/** The record with the lowest revision. The store has at least what this record has. */
function lowest(possibleContents: readonly Candidate[]): Stored | undefined {
  return possibleContents
    .map(({ record }) => record)
    .reduce((a, b) => (Number(b?.revision) < Number(a?.revision) ? b : a))
}

export function incarnationOf(record: Stored | undefined): string {
  return String(record?.incarnation)
}

/** The requests of a record by the run that counted them. A record without counts has one entry, its base. */
export function countsIn({ totalRequests, counts }: Stored): Readonly<Record<string, number>> {
  return (counts as Readonly<Record<string, number>> | undefined) ?? { '<=': Number(totalRequests) }
}

/** The total of several records of one incarnation: the latest base, and the highest count of each later run. */
export function requestsIn(records: readonly Stored[]): number {
  const counts = records.flatMap((record) => Object.entries(countsIn(record)))
  const base = counts.map(([run]) => run).reduce((a, b) => (b.startsWith('<=') && b > a ? b : a), '<=')
  const most = new Map<string, number>()
  for (const [run, count] of counts)
    if (run === base || (!run.startsWith('<=') && `<=${run}` > base)) most.set(run, Math.max(most.get(run) ?? 0, count))
  return [...most.values()].reduce((sum, count) => sum + count, 0)
}

export type ReferenceStore = ReturnType<typeof createReferenceStore>
