import { setTimeout as delay } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { PersistenceStatus, SessionView } from '@sessionkeep/core'
import { whileUp } from './behind-the-back.ts'
import { readAll } from './gate.ts'
import type { StoreKey } from './options.ts'
import { isPlanted, withOpen } from './planted.ts'
import { countsIn, incarnationOf, type Shelf, type Stored } from './shelf.ts'
import { differenceOf } from './stored.ts'
import { untouchable } from './watch.ts'
import { deedsOf, inForce, lifeOf, type World } from './world.ts'

type StoreStatus = PersistenceStatus['stores'][number]

const UNSETTLED = 'persistence is'
/** How often, and how long, a difference is seen while nothing is left to be written, until it is believed. */
const FINAL_LOOKS = 30
const FINAL_MS = 1500

/** Waits until everything that fails has been mended and written, and compares host, pool and stores. */
export async function atRest(world: World): Promise<void> {
  await written(world)
  const until = performance.now() + world.patienceMs
  let difference = 'never looked'
  let since = performance.now()
  let looks = 0
  while (performance.now() < until) {
    const { conflicts, foreign } = await world.process.pool.discoverExistingSessions()
    await delay(10)
    const found = await compare(world, new Set([...conflicts, ...foreign]))
    if (found === '') return
    if (found !== difference || found.startsWith(UNSETTLED)) {
      difference = found
      since = performance.now()
      looks = 0
    }
    looks += 1
    // Nothing is left to be done that could change it.
    if (looks > FINAL_LOOKS && performance.now() - since > FINAL_MS) break
  }
  world.complain(`at rest: ${difference}`)
}

/** What is known is written without being looked for: a discovery would find, and mend, what was forgotten. */
async function written(world: World): Promise<void> {
  const until = performance.now() + world.patienceMs
  let difference = ''
  let since = performance.now()
  while (performance.now() < until) {
    await delay(10)
    const found = unsettled(world) || (await unwritten(world))
    if (found === '') return
    if (found !== difference || found.startsWith(UNSETTLED)) since = performance.now()
    difference = found
    if (performance.now() - since > FINAL_MS) return world.complain(`nothing is left to be written: ${found}`)
  }
}

function unsettled({ process }: World): string {
  const { effective, stores } = process.pool.persistence()
  const busy = stores.filter((store) => store.dirty > 0 && !leavesAlone(store))
  const dirty = busy.reduce((sum, store) => sum + store.dirty, 0)
  const isWell = ['ok', 'off', 'rolled-back'].includes(effective.reason) || stores.every(worksBut)
  if (dirty === 0 && isWell) return ''
  const states = stores.map(({ store, state }) => `${store} ${state}`)
  return `${UNSETTLED} ${effective.reason}, ${dirty} dirty (${states.join()})`
}

/** Whether it is written, but for what must not be written over. */
const worksBut = (store: StoreStatus): boolean =>
  store.state === 'attached' && (store.lastError === undefined || leavesAlone(store))

/** Whether what it lacks is what must not be written over there; anything else is found when records are compared. */
function leavesAlone({ state, lastError }: StoreStatus): boolean {
  const untouched = ['STORE_RECORD_NEWER', 'STORE_RECORD_FOREIGN', 'STORE_RECORD_UNREADABLE']
  return state === 'attached' && lastError !== undefined && untouched.includes(lastError.code)
}

async function unwritten(world: World): Promise<string> {
  const { pool, deleted } = world.process
  // A name that somebody else's session has by now is not the pool's to clear.
  const living = new Set((await whileUp(world, () => world.host.list())).map(({ sessionName }) => sessionName))
  for (const key of inForce(world, world.process)) {
    const records = await world.process.gates[key].inspect()
    const why = unlike(records, pool.listSessions())
    if (why) return `${key}: ${why}`
    for (const [name, record] of records)
      if (!living.has(name) && deleted.get(incarnationOf(record))?.includes(key))
        return `${key}: ${name} (${incarnationOf(record)}) was deleted, and is there`
  }
  return ''
}

async function compare(world: World, others: ReadonlySet<string>): Promise<string> {
  const { host, grounds, process } = world
  const waiting = unsettled(world)
  if (waiting) return waiting
  const views = process.pool.listSessions()
  const living = (await host.list()).filter(({ exited, sessionName }) => !exited && !others.has(sessionName))
  const alive = namesOf(living)
  if (alive !== namesOf(views)) return `${alive} live, the pool has ${namesOf(views)}`
  const taken = new Set([...living.map(({ sessionName }) => sessionName), ...others])
  const found = new Map<StoreKey, ReadonlyMap<string, Stored>>()
  for (const key of inForce(world, process)) found.set(key, await process.gates[key].inspect())
  // One of two copies says it for both.
  const expiring = new Set(
    [...found.values()].flatMap((records) =>
      [...records.values()].filter(({ expiresAt }) => expiresAt !== undefined).map(incarnationOf),
    ),
  )
  for (const [key, records] of found) {
    const { shelf } = grounds[key]
    const why =
      unexpected(records, shelf) ||
      unlike(records, views) ||
      miscounted(world, records, views) ||
      leftovers(world, records, { taken, expiring }, key)
    if (why) return `${key}: ${why}`
  }
  return ''
}

const namesOf = (list: ReadonlyArray<{ sessionName: string }>): string =>
  list
    .map(({ sessionName }) => sessionName)
    .toSorted()
    .join()

/** What stands in a store is what was put there. */
function unexpected(records: ReadonlyMap<string, Stored>, shelf: Shelf): string {
  for (const name of new Set([...records.keys(), ...shelf.names()])) {
    const found = records.get(name)
    if (shelf.may(name).some(({ record }) => isDeepStrictEqual(record, found))) continue
    const put = shelf.may(name).map(({ record }) => JSON.stringify(record))
    return `${name} reads ${JSON.stringify(found)}, and was ${put.join(' or ')}`
  }
  return ''
}

/** Every living session's record is as the pool has it, but for what is not the pool's to touch. */
function unlike(records: ReadonlyMap<string, Stored>, views: readonly SessionView[]): string {
  for (const view of views) {
    const record = records.get(view.sessionName)
    if (record && untouchable(record)) continue
    const difference = differenceOf(record, view)
    if (difference) return difference
  }
  return ''
}

/** What a record has of runs that no earlier process left is exactly what this process has counted. */
function miscounted({ process }: World, records: ReadonlyMap<string, Stored>, views: readonly SessionView[]): string {
  if (!process.settled || process.overlaps) return ''
  for (const { sessionName, incarnation } of views) {
    const record = records.get(sessionName)
    const { delta, hasLeft } = deedsOf(process, incarnation)
    if (!record || hasLeft || untouchable(record)) continue
    const left = Object.values(process.inherited).flatMap((past) => past.get(String(incarnation))?.possible ?? [])
    const earlier = new Set(left.flatMap((one) => Object.keys(countsIn(one))))
    const own = Object.entries(countsIn(record)).filter(([run]) => !run.startsWith('<=') && !earlier.has(run))
    const counted = own.reduce((sum, [, count]) => sum + count, 0)
    if (counted !== delta)
      return `${sessionName} (${incarnation}) has ${counted} requests of this process, not ${delta}`
  }
  return ''
}

/** What stands in a store besides living sessions is untouched, or the last record of one that ended. */
function leftovers(
  world: World,
  records: ReadonlyMap<string, Stored>,
  { taken, expiring }: { taken: ReadonlySet<string>; expiring: ReadonlySet<string> },
  key: StoreKey,
): string {
  const { shelf } = world.grounds[key]
  const seen = new Set<string>()
  for (const [name, record] of records) {
    if (isPlanted(name) || untouchable(record)) continue
    const incarnation = incarnationOf(record)
    if (seen.has(incarnation)) return `${incarnation} has two records`
    seen.add(incarnation)
    if (taken.has(name)) continue
    if (world.process.deleted.get(incarnation)?.includes(key))
      return `${name} (${incarnation}) was deleted, and is there`
    if (!expiring.has(incarnation)) return `${name} (${incarnation}) has ended, its record does not expire`
    const total = Number(record.totalRequests)
    const { counted } = lifeOf(world, incarnation)
    if (total < shelf.total(incarnation) || total > counted)
      return `${name} (${incarnation}) ended with ${total}, not ${shelf.total(incarnation)} to ${counted}`
  }
  return ''
}

/** What stands in the stores that no process uses is what was left there. */
export async function untouched(world: World): Promise<void> {
  for (const { key, kind, place, shelf } of Object.values(world.grounds)) {
    const { durability, retains } = kind.capabilities
    if (durability === 'none' || !retains || inForce(world, world.process).includes(key)) continue
    const store = await kind.create(place)
    const why = unexpected(await withOpen(store, true, () => readAll(store)), shelf)
    if (why) world.complain(`${key}, which is not used: ${why}`)
  }
}
