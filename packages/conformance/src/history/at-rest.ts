import { setTimeout as delay } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { PastSession } from '@sessionkeep/contracts'
import type { PersistenceStatus, SessionView } from '@sessionkeep/core'
import { readAll } from './fault-proxy.ts'
import { withHostUp } from './manual-changes.ts'
import { untouchable } from './observer.ts'
import type { StoreKey } from './options.ts'
import { isPlanted, withOpen } from './planted.ts'
import { countsIn, incarnationOf, type ReferenceStore, type Stored } from './reference-store.ts'
import { differenceOf } from './stored.ts'
import { activeStores, lifeOf, logOf, type World } from './world.ts'

type StoreStatus = PersistenceStatus['stores'][number]

const UNSETTLED = 'persistence is'
/**
 * A difference is reported when more than this many checks in a row have found it, for longer than {@link FINAL_MS}.
 */
const FINAL_CHECKS = 30
const FINAL_MS = 1500

/** Waits until the pool has written everything, and compares host, pool and stores. */
export async function checkAtRest(world: World): Promise<void> {
  await waitUntilWritten(world)
  const until = performance.now() + world.patienceMs
  let difference = 'nothing was compared'
  let since = performance.now()
  let checks = 0
  while (performance.now() < until) {
    const { conflicts, foreign } = await world.process.pool.discoverExistingSessions()
    await delay(10)
    const found = await compare(world, new Set([...conflicts, ...foreign])).catch(whileReopened)
    if (found === '') return
    if (found !== difference || found.startsWith(UNSETTLED)) {
      difference = found
      since = performance.now()
      checks = 0
    }
    checks += 1
    // The pool has had enough time. The difference will not go away by itself.
    if (checks > FINAL_CHECKS && performance.now() - since > FINAL_MS) break
  }
  world.reportFault(`at rest: ${difference}`)
}

/** Waits for the writes. It runs no discovery, since that would find and repair what the pool forgot to write. */
async function waitUntilWritten(world: World): Promise<void> {
  const until = performance.now() + world.patienceMs
  let difference = ''
  let since = performance.now()
  while (performance.now() < until) {
    await delay(10)
    const found = unsettled(world) || (await unwritten(world).catch(whileReopened))
    if (found === '') return
    if (found !== difference || found.startsWith(UNSETTLED) || retriesOthers(world)) since = performance.now()
    difference = found
    if (performance.now() - since > FINAL_MS) return world.reportFault(`nothing is left to write, but ${found}`)
  }
}

/**
 * Returns what to wait for if a store could not be read because the pool opens it anew, as it does after a call that
 * was too slow.
 */
function whileReopened(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'STORE_CLOSED') return `${UNSETTLED} busy: a store is being opened`
  throw error
}

function unsettled({ process }: World): string {
  const { effective, stores } = process.pool.persistence()
  const busy = stores.filter((store) => store.dirty > 0 && !lacksOnlyBlocked(store))
  const dirty = busy.reduce((sum, store) => sum + store.dirty, 0)
  const isHealthy = ['ok', 'off', 'rolled-back'].includes(effective.reason) || stores.every(isUpToDate)
  if (dirty === 0 && isHealthy) return ''
  const states = stores.map(({ store, state }) => `${store} ${state}`)
  return `${UNSETTLED} ${effective.reason}, ${dirty} dirty (${states.join()})`
}

/** Whether a store has every record except those that are blocked. */
const isUpToDate = (store: StoreStatus): boolean =>
  store.state === 'attached' && (store.lastError === undefined || lacksOnlyBlocked(store))

/** Whether a store lacks only records of blocked names. Other differences show when the records are compared. */
function lacksOnlyBlocked({ state, lastError }: StoreStatus): boolean {
  const blocking = ['STORE_RECORD_NEWER', 'STORE_RECORD_FOREIGN', 'STORE_RECORD_UNREADABLE']
  return state === 'attached' && lastError !== undefined && blocking.includes(lastError.code)
}

/** Whether a store lacks more than the blocked name. Only one name of a history can be blocked. */
const retriesOthers = ({ process }: World): boolean => process.pool.persistence().stores.some(({ dirty }) => dirty > 1)

async function unwritten(world: World): Promise<string> {
  const { pool, deleted } = world.process
  // The pool must not remove the record of a name that now belongs to another session.
  const living = new Set((await withHostUp(world, () => world.host.list())).map(({ sessionName }) => sessionName))
  for (const key of activeStores(world, world.process)) {
    const records = await world.process.proxies[key].inspect()
    const why = recordUnlikeView(records, pool.listSessions())
    if (why) return `${key}: ${why}`
    for (const [name, record] of records)
      if (!living.has(name) && deleted.get(incarnationOf(record))?.includes(key))
        return `${key}: ${name} (${incarnationOf(record)}) was deleted, and is stored`
  }
  return ''
}

async function compare(world: World, others: ReadonlySet<string>): Promise<string> {
  const { host, backends, process } = world
  const waiting = unsettled(world)
  if (waiting) return waiting
  const views = process.pool.listSessions()
  const living = (await host.list()).filter(({ exited, sessionName }) => !exited && !others.has(sessionName))
  const alive = namesOf(living)
  if (alive !== namesOf(views)) return `${alive} live, the pool has ${namesOf(views)}`
  const taken = new Set([...living.map(({ sessionName }) => sessionName), ...others])
  const found = new Map<StoreKey, ReadonlyMap<string, Stored>>()
  for (const key of activeStores(world, process)) found.set(key, await process.proxies[key].inspect())
  // Each store may have a record of an ended session. It is enough that one of them expires.
  const expiring = new Set(
    [...found.values()].flatMap((records) =>
      [...records.values()].filter(({ expiresAt }) => expiresAt !== undefined).map(incarnationOf),
    ),
  )
  for (const [key, records] of found) {
    const { reference } = backends[key]
    const why =
      unexpectedContent(records, reference) ||
      recordUnlikeView(records, views) ||
      wrongCount(world, records, views) ||
      wrongLeftover(world, records, { views, taken, expiring }, key) ||
      wrongEnd(world, records, views, key)
    if (why) return `${key}: ${why}`
  }
  return ''
}

const namesOf = (list: ReadonlyArray<{ sessionName: string }>): string =>
  list
    .map(({ sessionName }) => sessionName)
    .toSorted()
    .join()

/** Compares a store with its reference: every stored record was written by a process. */
function unexpectedContent(records: ReadonlyMap<string, Stored>, reference: ReferenceStore): string {
  for (const name of new Set([...records.keys(), ...reference.names()])) {
    const found = records.get(name)
    const candidates = reference.candidates(name).map(({ record }) => record)
    if (candidates.some((record) => isDeepStrictEqual(record, found))) continue
    const written = candidates.map((record) => JSON.stringify(record))
    return `${name} reads ${JSON.stringify(found)}, and was ${written.join(' or ')}`
  }
  return ''
}

/** Compares records with views: every living session is stored as the pool shows it, unless its record is blocked. */
function recordUnlikeView(records: ReadonlyMap<string, Stored>, views: readonly SessionView[]): string {
  for (const view of views) {
    const record = records.get(view.sessionName)
    if (record && untouchable(record)) continue
    const difference = differenceOf(record, view)
    if (difference) return difference
  }
  return ''
}

/** Compares counts: the requests in a record that no earlier process counted are exactly those that this process counted. */
function wrongCount({ process }: World, records: ReadonlyMap<string, Stored>, views: readonly SessionView[]): string {
  if (!process.settled || process.predecessor !== undefined) return ''
  for (const { sessionName, incarnation } of views) {
    const record = records.get(sessionName)
    const { delta, wasForgotten } = logOf(process, incarnation)
    if (!record || wasForgotten || untouchable(record)) continue
    const inherited = Object.values(process.inherited).flatMap((past) => past.get(String(incarnation))?.possible ?? [])
    const earlier = new Set(inherited.flatMap((stored) => Object.keys(countsIn(stored))))
    const own = Object.entries(countsIn(record)).filter(([run]) => !run.startsWith('<=') && !earlier.has(run))
    const counted = own.reduce((sum, [, count]) => sum + count, 0)
    if (counted !== delta)
      return `${sessionName} (${incarnation}) has ${counted} requests of this process, not ${delta}`
  }
  return ''
}

/**
 * Checks a record without a living session. It must be unchanged, or be the last record of a session that has ended.
 */
function wrongLeftover(
  world: World,
  records: ReadonlyMap<string, Stored>,
  {
    views,
    taken,
    expiring,
  }: { views: readonly SessionView[]; taken: ReadonlySet<string>; expiring: ReadonlySet<string> },
  key: StoreKey,
): string {
  const { reference } = world.backends[key]
  const incarnations = new Set<string>()
  /** Renamed sessions whose present name is blocked. Their records stay under their former names. */
  const blocked = new Set(
    views.flatMap(({ sessionName, incarnation }) => {
      const there = records.get(sessionName)
      return there && untouchable(there) ? [String(incarnation)] : []
    }),
  )
  for (const [name, record] of records) {
    if (isPlanted(name) || untouchable(record)) continue
    const incarnation = incarnationOf(record)
    if (incarnations.has(incarnation)) return `${incarnation} has two records`
    incarnations.add(incarnation)
    if (taken.has(name) || blocked.has(incarnation)) continue
    if (world.process.deleted.get(incarnation)?.includes(key))
      return `${name} (${incarnation}) was deleted, and is stored`
    if (!expiring.has(incarnation)) return `${name} (${incarnation}) has ended, its record does not expire`
    const total = Number(record.totalRequests)
    const { counted } = lifeOf(world, incarnation)
    if (total < reference.total(incarnation) || total > counted)
      return `${name} (${incarnation}) ended with ${total}, not ${reference.total(incarnation)} to ${counted}`
  }
  return ''
}

/** The causes of an end after which the record is removed. So no record of an ended session has one of these causes. */
const REMOVED: ReadonlySet<unknown> = new Set(['deleted', 'terminated', 'idle'])

/**
 * Checks what records say about ends. No record of a living session says that it ended. The record of an ended session
 * says why it ended. No past has a deleted session.
 */
function wrongEnd(
  world: World,
  records: ReadonlyMap<string, Stored>,
  views: readonly SessionView[],
  key: StoreKey,
): string {
  const living = new Set(views.map(({ sessionName }) => sessionName))
  for (const [name, record] of records) {
    if (isPlanted(name) || untouchable(record)) continue
    const about = `${name} (${incarnationOf(record)})`
    const ended = record.ended as { readonly cause?: unknown } | undefined
    if (living.has(name) && ended) return `${about} lives, and its record says that it ended`
    if (record.expiresAt !== undefined && (!ended || REMOVED.has(ended.cause)))
      return `${about} expires, and its record says that it ended for ${ended?.cause}`
    for (const { incarnation, totalRequests } of (record.past ?? []) as readonly PastSession[]) {
      if (world.process.deleted.get(String(incarnation))?.includes(key))
        return `${about} has ${incarnation} in its past, which was deleted`
      const { counted } = lifeOf(world, incarnation)
      if (totalRequests > counted)
        return `${about} has ${incarnation} with ${totalRequests} requests in its past, not ${counted}`
    }
  }
  return ''
}

/** Checks that the content of a store did not change while no process used it. */
export async function checkUnusedStores(world: World): Promise<void> {
  for (const { key, kind, place, reference } of Object.values(world.backends)) {
    const { durability, retains } = kind.capabilities
    if (durability === 'none' || !retains || activeStores(world, world.process).includes(key)) continue
    const store = await kind.create(place)
    const why = unexpectedContent(await withOpen(store, true, () => readAll(store)), reference)
    if (why) world.reportFault(`${key}, which is not used: ${why}`)
  }
}
