import type { StoreObserver } from './fault-proxy.ts'
import { countsIn, incarnationOf, type Stored } from './reference-store.ts'
import type { Backend, World } from './world.ts'

/** The process whose calls are observed. */
interface Caller {
  readonly id: number
  readonly made: ReadonlySet<string>
  readonly ended: ReadonlySet<string>
}

/** Observes every call when it reaches the store, and reports writes that must not happen. */
export function createObserver(world: World, backend: Backend, { id, made, ended }: Caller): StoreObserver {
  const { trace, reportFault } = world
  const { key, kind } = backend
  const { retains } = kind.capabilities
  // The reference is read once, because a store without durability gets another reference with the next process.
  const { reference } = backend
  const readNames = new Set<string>()
  const removed = new Set<string>()
  let hasAnswered = false

  const checkWrite = (name: string, record: Stored): void => {
    // The pool writes probes to test a store before it uses it.
    if (isProbe(name)) return
    const incarnation = incarnationOf(record)
    const about = `${key}: ${name} (${incarnation})`
    const revision = Number(record.revision)
    const total = Number(record.totalRequests)
    // If the pool has not read a record yet, it merges that record later. An ended session may have had records under
    // several names. If another session takes the last of these names, the record under one of the others may be all
    // that is left.
    const isRead = reference.namesOf(incarnation).every((stored) => readNames.has(stored))
    const { revision: least = 0, totalRequests: fewest = 0 } =
      record.expiresAt === undefined && isRead
        ? { revision: reference.revision(incarnation), totalRequests: reference.total(incarnation) }
        : (reference.certain(name, incarnation) ?? {})
    const parts = Object.values(countsIn(record)).reduce((sum, count) => sum + count, 0)
    if (parts !== total) reportFault(`${about} has ${total} requests, and counts of ${parts}`)
    if (revision < Number(least)) reportFault(`${about} went from revision ${least} to ${revision}`)
    if (total < Number(fewest)) reportFault(`${about} went from ${fewest} requests to ${total}`)
    if (removed.has(incarnation)) reportFault(`${about} was written again after it was deleted`)
    if (!readNames.has(name) && !made.has(incarnation)) reportFault(`${about} was written before its name was read`)
    const [current, ...others] = reference.candidates(name)
    const why = others.length === 0 && current?.record && untouchable(current.record)
    if (why) reportFault(`${about} was written over ${why}`)
  }

  return {
    hasAnswered: () => hasAnswered,
    opened: () => readNames.clear(),
    listed() {
      hasAnswered = true
    },
    answered(names, values) {
      hasAnswered = true
      for (const name of names) {
        readNames.add(name)
        reference.noteRead(name, values.get(name) as Stored | undefined)
      }
    },
    sending(name, record) {
      trace.push(`    ${key}: ${name} ${record ? inShort(record) : 'is removed'}`)
      if (!retains) return
      if (record) checkWrite(name, record)
      reference.noteSent(name, copyOf(record), id)
    },
    sent(name, record) {
      // A process may write again to a name that it has written itself.
      readNames.add(name)
      if (!retains) return
      const before = reference.candidates(name)
      // A record under a former name is removed because the session was renamed, and not because it was deleted.
      const isLast = (incarnation: string) => reference.namesOf(incarnation).every((one) => one === name)
      const incarnations = record ? [] : before.flatMap(({ record: last }) => (last ? [incarnationOf(last)] : []))
      for (const one of incarnations) if (ended.has(one) && isLast(one)) removed.add(one)
      reference.noteAcknowledged(name, copyOf(record), id)
    },
  }
}

const isProbe = (name: string): boolean => name.startsWith('sessionkeep-probe-')

/** The reason why a pool must not overwrite a record; undefined for a record of the history's own pool. */
export function untouchable({ sessionName, pool, schemaVersion }: Stored): string | undefined {
  if (Number(schemaVersion ?? 1) > 1) return 'the record of a newer release'
  if (pool !== undefined && pool !== 'claude-') return "another pool's record"
  return typeof sessionName === 'string' ? undefined : 'a record that cannot be read'
}

function inShort({ incarnation, revision, totalRequests, status, expiresAt }: Stored): string {
  return `= ${incarnation} r${revision} n${totalRequests} ${status}${expiresAt === undefined ? '' : ', to expire'}`
}

const copyOf = (record: Stored | undefined): Stored | undefined =>
  record && (JSON.parse(JSON.stringify(record)) as Stored)
