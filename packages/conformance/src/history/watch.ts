import type { Watched } from './gate.ts'
import { countsIn, incarnationOf, type Stored } from './shelf.ts'
import type { Ground, World } from './world.ts'

interface Doer {
  readonly id: number
  readonly made: ReadonlySet<string>
  readonly ended: ReadonlySet<string>
}

/** Sees every call where it reaches the store, and complains of what must not be written. */
export function createWatch(world: World, ground: Ground, { id, made, ended }: Doer): Watched {
  const { trace, complain } = world
  const { key, kind } = ground
  const { retains } = kind.capabilities
  // Where it was put when the process began: another shelf is another process's.
  const { shelf } = ground
  const asked = new Set<string>()
  const removed = new Set<string>()
  let hasAnswered = false

  const judge = (name: string, record: Stored): void => {
    // It is tried out before it is relied on.
    if (isProbe(name)) return
    const incarnation = incarnationOf(record)
    const about = `${key}: ${name} (${incarnation})`
    const revision = Number(record.revision)
    const total = Number(record.totalRequests)
    // What the store could not speak of is joined later. And the last record of one that ended may be the only one that
    // is left of several, its last name being another's by now.
    const isHeard = shelf.namesOf(incarnation).every((one) => asked.has(one))
    const { revision: least = 0, totalRequests: fewest = 0 } =
      record.expiresAt === undefined && isHeard
        ? { revision: shelf.revision(incarnation), totalRequests: shelf.total(incarnation) }
        : (shelf.certain(name, incarnation) ?? {})
    const parts = Object.values(countsIn(record)).reduce((sum, count) => sum + count, 0)
    if (parts !== total) complain(`${about} has ${total} requests, and counts of ${parts}`)
    if (revision < Number(least)) complain(`${about} went from revision ${least} to ${revision}`)
    if (total < Number(fewest)) complain(`${about} went from ${fewest} requests to ${total}`)
    if (removed.has(incarnation)) complain(`${about} was written again after it was deleted`)
    if (!asked.has(name) && !made.has(incarnation))
      complain(`${about} was written before the store had answered for it`)
    const [there, ...others] = shelf.may(name)
    const why = others.length === 0 && there?.record && untouchable(there.record)
    if (why) complain(`${about} was written over ${why}`)
  }

  return {
    hasAnswered: () => hasAnswered,
    opened: () => asked.clear(),
    listed() {
      hasAnswered = true
    },
    answered(names, values) {
      hasAnswered = true
      for (const name of names) {
        asked.add(name)
        shelf.seen(name, values.get(name) as Stored | undefined)
      }
    },
    sending(name, record) {
      trace.push(`    ${key}: ${name} ${record ? inShort(record) : 'is removed'}`)
      if (!retains) return
      if (record) judge(name, record)
      shelf.sent(name, copyOf(record), id)
    },
    sent(name, record) {
      // What it has written there itself is no surprise.
      asked.add(name)
      if (!retains) return
      const before = shelf.may(name)
      if (!record)
        for (const { record: last } of before)
          if (last && ended.has(incarnationOf(last))) removed.add(incarnationOf(last))
      shelf.done(name, copyOf(record), id)
    },
  }
}

const isProbe = (name: string): boolean => name.startsWith('sessionkeep-probe-')

/** What a pool must not write over: undefined for a record of its own. */
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
