import type { SessionView } from '@sessionkeep/core'
import { requestsIn, type Stored } from './reference-store.ts'
import { attributeOf, isStoredIn, wasStoredIn } from './stored.ts'
import { activeStores, lifeOf, logOf, type Process, type ProcessLog, type World } from './world.ts'

const largest = (records: readonly Stored[], field: string): number =>
  Math.max(0, ...records.map((record) => Number(record[field])))

/** Compares the pool's view of a session with what the processes did, and with what the stores hold. */
function checkView(world: World, process: Process, view: SessionView): void {
  const { reportFault } = world
  const life = lifeOf(world, view.incarnation)
  const log = logOf(process, view.incarnation)
  const about = `${view.sessionName} (${view.incarnation})`
  const incarnation = String(view.incarnation)
  // Records that the pool has read from a store stay in memory, even if the store is no longer active.
  const read = (['A', 'B'] as const).filter((key) => process.observers[key].hasAnswered())
  const possible = read.flatMap((key) => process.inherited[key].get(incarnation)?.possible ?? [])
  const certain = activeStores(world, process).flatMap((key) => process.inherited[key].get(incarnation)?.certain ?? [])
  const base = view.totalRequests - log.delta
  const isInexact = log.wasForgotten || !process.settled || process.predecessor !== undefined
  const most = isInexact ? life.counted - log.delta : requestsIn(possible)
  if (view.totalRequests > life.counted || (base > most && !log.wasForgotten))
    reportFault(
      `${about} has ${base} + ${log.delta} requests, not ${most} + ${log.delta}: counted twice, or taken from another incarnation`,
    )
  if (log.wasForgotten) return
  if (base < (log.base ?? 0)) reportFault(`${about} had ${log.base} requests of earlier processes, and has ${base}`)
  if (!view.verified || !process.settled) return
  log.base = base
  // `least` equals `most` when the content of the stores is certain. The count of earlier processes is then exact.
  const least = requestsIn(certain)
  if (base < least) reportFault(`${about} has ${base} requests of earlier processes, ${least} were acknowledged`)
  if (view.lastActivityAt < largest(certain, 'lastActivityAt')) reportFault(`${about} has lost its last activity`)
  life.createdAt ??= view.createdAt
  if (view.createdAt !== life.createdAt) reportFault(`${about} was created at ${life.createdAt}, not ${view.createdAt}`)
  // A record of the predecessor may have been read, joined and overwritten before it ended.
  const overwritten = read.flatMap((key) => world.backends[key].reference.sentBy(process.predecessor, incarnation))
  // This process may have read and overwritten what an earlier process wrote, before its predecessor had ended.
  const isReplaced = possible.length === 0 && process.predecessor !== undefined
  const replaced = isReplaced ? read.flatMap((key) => process.atStart[key].get(incarnation)?.possible ?? []) : []
  checkSettings(about, view, log, [...latest(certain, possible), ...overwritten, ...replaced], reportFault)
}

/** Checks attributes and draining: they are what this process has set, or else what the latest stored record has. */
function checkSettings(
  about: string,
  view: SessionView,
  { attribute, draining }: ProcessLog,
  last: readonly Stored[],
  reportFault: World['reportFault'],
): void {
  const attributes = attribute === undefined ? last.map((record) => attributeOf(record.attributes)) : [attribute]
  if (!attributes.includes(attributeOf(view.attributes)))
    reportFault(`${about} has attribute ${attributeOf(view.attributes)}, not ${attributes.join(' or ')}`)
  const drained = draining === undefined ? last.map(({ status }) => status === 'draining') : [draining]
  if (!drained.includes(view.status === 'draining'))
    reportFault(`${about} is ${view.status}, and was ${drained.includes(true) ? '' : 'not '}draining`)
}

/** The records that may be the latest. If it is possible that there is no record, an empty one is among them. */
function latest(certain: readonly Stored[], possible: readonly Stored[]): Stored[] {
  const least = largest(certain, 'revision')
  return [...possible.filter(({ revision }) => Number(revision) >= least), ...(certain.length === 0 ? [{}] : [])]
}

/** Checks every session of the current process, and whether each session that its pool shows as saved is stored. */
export function checkModel(world: World): void {
  const { process, reportFault, backends } = world
  const { stores } = process.pool.persistence()
  const states = stores.map(({ state }) => state)
  const keys = activeStores(world, process)
  const usesBackends = stores.every(({ store }) => store === 'A' || store === 'B')
  process.settled ||= states.every((state) => state === 'attached')
  for (const view of process.pool.listSessions()) {
    checkView(world, process, view)
    // This process may have read a record that its predecessor removes later. The pool notices that at its next
    // discovery.
    const isStoredNow = process.predecessor === undefined ? isStoredIn : wasStoredIn
    const isStored = !usesBackends || keys.some((key) => isStoredNow(backends[key].reference, view))
    if (view.saved && !isStored)
      reportFault(`${view.sessionName} (${view.incarnation}) r${view.revision} is shown as saved, and is in no store`)
  }
}
