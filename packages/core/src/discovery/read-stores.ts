import type { Clock, SessionNameCodec, StoreError } from '@sessionkeep/contracts'
import { toStoreError } from '@sessionkeep/contracts'
import type { HostSession } from '@sessionkeep/contracts/host'
import { forEachYielding, identityOf, isSpareName, withTimeout } from '@sessionkeep/contracts/internal'
import type { AnsweredCopy, Replica, ReplicaSet, StoreAnswer } from '@sessionkeep/replication'
import type { Session } from '../sessions/session.ts'
import type { SessionTable } from '../sessions/session-table.ts'

/** The answers of the stores that could be read, and the errors of the others. */
export interface StoreAnswers {
  readonly answers: ReadonlyMap<Replica, StoreAnswer>
  readonly errors: ReadonlyMap<Replica, StoreError>
}

/** What to read. */
export interface ReadRequest {
  /** The living sessions, by name. */
  readonly live: ReadonlyMap<string, HostSession>
  /** The answers that stores which are being joined have already given. */
  readonly joining: ReadonlyMap<Replica, StoreAnswer>
  /** Whether to read all of a store. */
  isWhole(replica: Replica): boolean
  /** Names that somebody waits for, and that are read also if no session has them. */
  readonly wanted: readonly string[]
}

/** Makes the reader of the stores behind a pool. A store that takes longer than `readTimeoutMs` is skipped, and read again by a later pass. */
export function createStoreReader(
  table: SessionTable,
  replicas: ReplicaSet,
  codec: SessionNameCodec,
  pool: string,
  readTimeoutMs: number,
  clock: Clock,
) {
  /**
   * Reads all that a store has for this pool. A session that was renamed to a name outside of the prefix has its record there, so
   * all names are read; of those outside of the prefix only the records that name this pool are ours.
   */
  const readAll = async (replica: Replica, names: readonly string[]): Promise<StoreAnswer> =>
    onlyOurs((await replica.readAtMost(names, Number.POSITIVE_INFINITY)) as StoreAnswer, names)

  const onlyOurs = async (answer: StoreAnswer, names: readonly string[]): Promise<StoreAnswer> => {
    const asked = new Set(names)
    const isOurs = (name: string): boolean => asked.has(name) || codec.decode(name) !== undefined
    const copies = new Map<string, AnsweredCopy>()
    await forEachYielding(answer.copies, ([name, copy]) => {
      if (isOurs(name) || (copy.kind === 'found' && copy.record.pool === pool)) copies.set(name, copy)
    })
    const only = (given: Iterable<string> = []) =>
      new Set([...given].filter((name) => isOurs(name) || isSpareName(name)))
    return { ...answer, copies, stale: only(answer.stale), indeterminate: only(answer.indeterminate) }
  }

  const namesOf = (live: ReadonlyMap<string, HostSession>): string[] => {
    const known = [...table.living(), ...table.tombstones()].map(({ hosted }) => hosted.sessionName)
    return [...new Set([...live.keys(), ...known])]
  }

  /** Whether a store need not be asked for a name, since it has answered for the very session that has this name. */
  const isKnownTo = (replica: Replica, name: string, live: ReadonlyMap<string, HostSession>): boolean => {
    const session = table.named(name)
    if (!session) return table.tombstone(name) !== undefined && !live.has(name) && replica.hasAnswered(name)
    const listed = live.get(name) ?? session.hosted
    return hasAnsweredFor(replica, session) && identityOf(listed) === identityOf(session.hosted)
  }

  const ask = async (
    replica: Replica,
    { live, joining, isWhole, wanted }: ReadRequest,
  ): Promise<StoreAnswer | undefined> => {
    const names = namesOf(live)
    const before = joining.get(replica)
    if (before) {
      const missing = names.filter((name) => !before.copies.has(name) && !before.stale.has(name))
      return missing.length === 0 ? before : merge(before, await replica.read(missing))
    }
    // A store that a switch is preparing counts only once all of it was read.
    if (!replicas.active().includes(replica) && !replica.isJoined()) return undefined
    await replica.settled()
    if (!replica.canRead() || !replica.isJoined()) return undefined
    if (isWhole(replica)) return readAll(replica, names)
    const unknown = wanted.filter((name) => !replica.hasAnswered(name))
    const asked = [...names.filter((name) => !isKnownTo(replica, name, live)), ...replica.indeterminate(), ...unknown]
    if (asked.length === 0) return undefined
    const answer = await replica.read(asked)
    // A new session without a record under its name may have one under a former name.
    const isNew = (name: string) => live.has(name) && !table.named(name)
    const isMissed =
      replica.isWhole() && asked.some((name) => isNew(name) && answer.copies.get(name)?.kind === 'absent')
    return isMissed ? readAll(replica, names) : answer
  }

  return {
    /**
     * Reads all joined stores at the same time: all of a store if `isWhole` is true for it, else the names that it has not
     * answered for and those that it could not read.
     */
    async read(request: ReadRequest): Promise<StoreAnswers> {
      const answers = new Map<Replica, StoreAnswer>()
      const errors = new Map<Replica, StoreError>()
      const readOne = async (replica: Replica): Promise<void> => {
        try {
          const asking = () => ask(replica, request)
          const answer = await withTimeout(readTimeoutMs, undefined, asking, { what: `Store ${replica.label}`, clock })
          if (answer) answers.set(replica, answer)
        } catch (error) {
          errors.set(replica, toStoreError(error, replica.label, 'read'))
        }
      }
      await Promise.all(replicas.all().map(readOne))
      return { answers, errors }
    },
    /** Reads all that a store has for this pool. */
    readWhole: (replica: Replica): Promise<StoreAnswer> => readAll(replica, namesOf(new Map())),
    /** Reads all that a store has for this pool; undefined if the store has more than `most` names. */
    async readSmall(replica: Replica, most: number): Promise<StoreAnswer | undefined> {
      const names = namesOf(new Map())
      const answer = await replica.readAtMost(names, most)
      return answer && (await onlyOurs(answer, names))
    },
    /** Reads what a store has of the sessions in memory and of these living ones. The rest of it has to be read later. */
    readFirst: async (replica: Replica, live: ReadonlyMap<string, HostSession>): Promise<StoreAnswer> => ({
      ...(await replica.read(namesOf(live))),
      isFirst: true,
    }),
  }
}

function merge(a: StoreAnswer, b: StoreAnswer): StoreAnswer {
  const stale = new Set([...a.stale, ...b.stale])
  const indeterminate = new Set(
    [...(a.indeterminate ?? []), ...(b.indeterminate ?? [])].filter((name) => !b.copies.has(name)),
  )
  return { ...a, asOf: Math.min(a.asOf, b.asOf), copies: new Map([...a.copies, ...b.copies]), stale, indeterminate }
}

/** Whether a store has answered for a session under its present name. */
export function hasAnsweredFor(replica: Replica, session: Session): boolean {
  const { sessionName } = session.hosted
  return replica.slots.isRead(sessionName, session) && replica.hasAnswered(sessionName)
}

/** Reads the stores behind a pool. */
export type StoreReader = ReturnType<typeof createStoreReader>
