import type { Clock } from '../base/clock.ts'
import { withTimeout } from '../base/timeout.ts'
import type { HostSession } from '../contracts/session-host.ts'
import type { StoreError } from '../errors/store-error.ts'
import type { Replica } from '../replication/replica.ts'
import type { ReplicaSet } from '../replication/replicas.ts'
import type { StoreAnswer } from '../replication/store-answer.ts'
import { toStoreError } from '../replication/store-failure.ts'
import type { SessionNameCodec } from '../sessions/names.ts'
import { identityOf, type Session } from '../sessions/session.ts'
import type { SessionTable } from '../sessions/session-table.ts'

/** What every store that can be read said, and why the others could not. */
export interface StoreAnswers {
  readonly answers: ReadonlyMap<Replica, StoreAnswer>
  readonly errors: ReadonlyMap<Replica, StoreError>
}

/** What is to be read. */
export interface ReadRequest {
  /** The sessions that live, by name. */
  readonly live: ReadonlyMap<string, HostSession>
  /** What stores that are being joined have said already. */
  readonly joining: ReadonlyMap<Replica, StoreAnswer>
  /** Whether a store is to be asked for everything it has. */
  isWhole(replica: Replica): boolean
}

/** Reads the stores behind a pool. `readTimeoutMs`: a store that takes longer is left out, and read again another time. */
export function createStoreReader(
  table: SessionTable,
  replicas: ReplicaSet,
  codec: SessionNameCodec,
  readTimeoutMs: number,
  clock: Clock,
) {
  const isOurs = (name: string): boolean => codec.decode(name) !== undefined

  const namesOf = (live: ReadonlyMap<string, HostSession>): string[] => {
    const known = [...table.living(), ...table.tombstones()].map(({ hosted }) => hosted.sessionName)
    return [...new Set([...live.keys(), ...known])]
  }

  /** Whether a store has nothing new to say of a name: it has answered for the very session that lives under it. */
  const isKnownTo = (replica: Replica, name: string, live: ReadonlyMap<string, HostSession>): boolean => {
    const session = table.named(name)
    if (!session) return table.tombstone(name) !== undefined && !live.has(name) && replica.hasAnswered(name)
    const listed = live.get(name) ?? session.hosted
    return hasAnsweredFor(replica, session) && identityOf(listed) === identityOf(session.hosted)
  }

  const ask = async (replica: Replica, { live, joining, isWhole }: ReadRequest): Promise<StoreAnswer | undefined> => {
    const names = namesOf(live)
    const before = joining.get(replica)
    if (before) {
      const left = names.filter((name) => !before.copies.has(name) && !before.stale.has(name))
      return left.length === 0 ? before : merge(before, await replica.read(left))
    }
    // One that is being prepared is heard when it has been read whole.
    if (!replicas.active().includes(replica) && !replica.isJoined()) return undefined
    await replica.settled()
    if (!replica.canRead() || !replica.isJoined()) return undefined
    if (isWhole(replica)) return replica.read(names, isOurs)
    const asked = [...names.filter((name) => !isKnownTo(replica, name, live)), ...replica.indeterminate()]
    if (asked.length === 0) return undefined
    const answer = await replica.read(asked)
    // A new session that has no record under its name may have one under a former name.
    const isNew = (name: string) => live.has(name) && !table.named(name)
    const isMissed = asked.some((name) => isNew(name) && answer.copies.get(name)?.kind === 'absent')
    return isMissed ? replica.read(names, isOurs) : answer
  }

  return {
    /**
     * Asks all stores that are joined at once: for everything they have where `isWhole` says so, else for the sessions that
     * they have not answered for, and for what they could not speak of.
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
    /** Everything that a store has for this pool. */
    readWhole: (replica: Replica): Promise<StoreAnswer> => replica.read(namesOf(new Map()), isOurs),
  }
}

function merge(a: StoreAnswer, b: StoreAnswer): StoreAnswer {
  const stale = new Set([...a.stale, ...b.stale])
  const indeterminate = new Set(
    [...(a.indeterminate ?? []), ...(b.indeterminate ?? [])].filter((name) => !b.copies.has(name)),
  )
  return { ...a, asOf: Math.min(a.asOf, b.asOf), copies: new Map([...a.copies, ...b.copies]), stale, indeterminate }
}

/** Whether a store has answered for a session, and for the name that it has now. */
export function hasAnsweredFor(replica: Replica, session: Session): boolean {
  const { sessionName } = session.hosted
  return replica.slots.isRead(sessionName, session) && replica.hasAnswered(sessionName)
}
