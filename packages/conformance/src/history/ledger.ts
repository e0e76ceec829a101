import type { SessionView } from '@sessionkeep/core'
import { requestsIn, type Stored } from './shelf.ts'
import { attributeOf, isStoredIn, wasStoredIn } from './stored.ts'
import { type Deeds, deedsOf, inForce, lifeOf, type Process, type World } from './world.ts'

const largest = (records: readonly Stored[], field: string): number =>
  Math.max(0, ...records.map((record) => Number(record[field])))

/** Holds what a pool shows of a session against what was done, and against what its stores have. */
function check(world: World, process: Process, view: SessionView): void {
  const { complain } = world
  const life = lifeOf(world, view.incarnation)
  const deeds = deedsOf(process, view.incarnation)
  const about = `${view.sessionName} (${view.incarnation})`
  const incarnation = String(view.incarnation)
  // What a store once said stays known, also where it is active no more.
  const heard = (['A', 'B'] as const).filter((key) => process.watched[key].hasAnswered())
  const possible = heard.flatMap((key) => process.inherited[key].get(incarnation)?.possible ?? [])
  const certain = inForce(world, process).flatMap((key) => process.inherited[key].get(incarnation)?.certain ?? [])
  const base = view.totalRequests - deeds.delta
  const isOpen = deeds.hasLeft || !process.settled || process.overlaps
  const most = isOpen ? life.counted - deeds.delta : requestsIn(possible)
  if (view.totalRequests > life.counted || (base > most && !deeds.hasLeft))
    complain(
      `${about} has ${base} + ${deeds.delta} requests, not ${most} + ${deeds.delta}: counted twice, or inherited`,
    )
  if (deeds.hasLeft) return
  if (base < (deeds.base ?? 0)) complain(`${about} had ${deeds.base} requests of earlier processes, and has ${base}`)
  if (!view.verified || !process.settled) return
  deeds.base = base
  // Equal to `most` where it is certain what stands in the stores: then what earlier processes counted is exact.
  const least = requestsIn(certain)
  if (base < least) complain(`${about} has ${base} requests of earlier processes, ${least} were acknowledged`)
  if (view.lastActivityAt < largest(certain, 'lastActivityAt')) complain(`${about} has lost its last activity`)
  life.createdAt ??= view.createdAt
  if (view.createdAt !== life.createdAt) complain(`${about} was created at ${life.createdAt}, not ${view.createdAt}`)
  checkDecided(about, view, deeds, winners(certain, possible), complain)
}

/** Attributes and draining are what this process has set, else what the last of the stored records say. */
function checkDecided(
  about: string,
  view: SessionView,
  { attribute, draining }: Deeds,
  last: readonly Stored[],
  complain: World['complain'],
): void {
  const attributes = attribute === undefined ? last.map((record) => attributeOf(record.attributes)) : [attribute]
  if (!attributes.includes(attributeOf(view.attributes)))
    complain(`${about} has attribute ${attributeOf(view.attributes)}, not ${attributes.join(' or ')}`)
  const drained = draining === undefined ? last.map(({ status }) => status === 'draining') : [draining]
  if (!drained.includes(view.status === 'draining'))
    complain(`${about} is ${view.status}, and was ${drained.includes(true) ? '' : 'not '}draining`)
}

/** The records of which one has the highest revision; an empty one where there may be none. */
function winners(certain: readonly Stored[], possible: readonly Stored[]): Stored[] {
  const least = largest(certain, 'revision')
  return [...possible.filter(({ revision }) => Number(revision) >= least), ...(certain.length === 0 ? [{}] : [])]
}

/** Looks at every session of the process that is alive now, and at what its pool says is saved. */
export function look(world: World): void {
  const { process, complain, grounds } = world
  const { stores } = process.pool.persistence()
  const states = stores.map(({ state }) => state)
  const keys = inForce(world, process)
  const relied = stores.every(({ store }) => store === 'A' || store === 'B')
  process.settled ||= states.every((state) => state === 'attached')
  for (const view of process.pool.listSessions()) {
    check(world, process, view)
    // What a predecessor removes after this one has read it is noticed with the next look at the host.
    const isThere = process.overlaps ? wasStoredIn : isStoredIn
    const isStored = !relied || keys.some((key) => isThere(grounds[key].shelf, view))
    if (view.saved && !isStored)
      complain(`${view.sessionName} (${view.incarnation}) r${view.revision} is called saved, and is in no store`)
  }
}
