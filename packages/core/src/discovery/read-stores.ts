import { withDeadline } from '../base/timeout.ts'
import type { HostSession } from '../contracts/session-host.ts'
import type { StoreError } from '../errors/store-error.ts'
import type { Replica } from '../replication/replica.ts'
import type { StoreAnswer } from '../replication/store-answer.ts'
import { toStoreError } from '../replication/store-failure.ts'
import { identityOf } from '../sessions/identity.ts'
import type { PoolCore } from '../sessions/pool-core.ts'
import type { Entry } from '../sessions/session.ts'

/** What every store that can be read said, and why the others could not. */
export interface StoreAnswers {
  readonly answers: ReadonlyMap<Replica, StoreAnswer>
  readonly errors: ReadonlyMap<Replica, StoreError>
}

/**
 * Asks all stores that are joined at once: for everything they have where `whole` says so, else for the sessions that
 * they have not answered for, and for what they could not speak of. A session that a store does not have under its name may stand there under a former one:
 * then the store is asked for everything after all. `fresh` has what stores that are being joined have said already.
 * A store that takes too long is left out, and asked again another time.
 */
export async function askStores(
  core: PoolCore,
  live: ReadonlyMap<string, HostSession>,
  fresh: ReadonlyMap<Replica, StoreAnswer>,
  whole: (replica: Replica) => boolean,
): Promise<StoreAnswers> {
  const answers = new Map<Replica, StoreAnswer>()
  const errors = new Map<Replica, StoreError>()
  const names = namesOf(core, live)
  const relied = new Set(core.replicas.inForce())

  const ask = async (replica: Replica): Promise<StoreAnswer | undefined> => {
    const before = fresh.get(replica)
    if (before) {
      const left = names.filter((name) => !before.copies.has(name) && !before.overtaken.has(name))
      return left.length === 0 ? before : merge(before, await replica.read(left))
    }
    // One that is being prepared is heard when it has been read whole.
    if (!relied.has(replica) && !replica.isJoined()) return undefined
    await replica.settled()
    if (!replica.canRead() || !replica.isJoined()) return undefined
    if (whole(replica)) return replica.read(names, isOurs(core))
    const asked = [...names.filter((name) => !isKnownTo(core, replica, name, live)), ...replica.unknown()]
    if (asked.length === 0) return undefined
    const answer = await replica.read(asked)
    const isNew = (name: string) => live.has(name) && !core.memory.named(name)
    const missed = asked.some((name) => isNew(name) && answer.copies.get(name)?.kind === 'absent')
    return missed ? replica.read(names, isOurs(core)) : answer
  }

  const note = async (replica: Replica): Promise<void> => {
    try {
      const ms = core.options.metadata.attachDeadlineMs
      const answer = await withDeadline(`Store ${replica.label}`, ms, () => ask(replica))
      if (answer) answers.set(replica, answer)
    } catch (error) {
      errors.set(replica, toStoreError(error, replica.label, 'read'))
    }
  }
  await Promise.all(core.replicas.all().map(note))
  return { answers, errors }
}

/** Everything that a store has for this pool. */
export function askWhole(core: PoolCore, replica: Replica): Promise<StoreAnswer> {
  return replica.read(namesOf(core, new Map()), isOurs(core))
}

function namesOf(core: PoolCore, live: ReadonlyMap<string, HostSession>): string[] {
  const known = core.memory.all().map(({ session }) => session.sessionName)
  return [...new Set([...live.keys(), ...known, ...core.departures.names()])]
}

function isOurs(core: PoolCore): (name: string) => boolean {
  return (name) => core.codec.decode(name) !== undefined
}

function merge(a: StoreAnswer, b: StoreAnswer): StoreAnswer {
  const overtaken = new Set([...a.overtaken, ...b.overtaken])
  const unknown = new Set([...(a.unknown ?? []), ...(b.unknown ?? [])].filter((name) => !b.copies.has(name)))
  return { ...a, asOf: Math.min(a.asOf, b.asOf), copies: new Map([...a.copies, ...b.copies]), overtaken, unknown }
}

/** Whether a store has answered for a session, and for the name that it has now. */
export function hasAnsweredFor(replica: Replica, { answeredBy, session }: Entry): boolean {
  return answeredBy.has(replica) && replica.hasAnswered(session.sessionName)
}

/** Whether a store has nothing new to say of a name: it has answered for the very session that lives under it. */
function isKnownTo(core: PoolCore, replica: Replica, name: string, live: ReadonlyMap<string, HostSession>): boolean {
  const entry = core.memory.named(name)
  if (!entry) return core.departures.get(name) !== undefined && !live.has(name) && replica.hasAnswered(name)
  return hasAnsweredFor(replica, entry) && identityOf(live.get(name) ?? entry.session) === identityOf(entry.session)
}
