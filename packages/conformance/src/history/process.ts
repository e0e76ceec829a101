import { createSessionPool, type SessionPool } from '@sessionkeep/core'
import { freshPlace } from '../frame/place.ts'
import { createGate, DEADLINE_MS, type Gate } from './gate.ts'
import { type Deeds, deedsOf } from './ledger.ts'
import { mortalHost } from './mortal-host.ts'
import type { StoreKey } from './options.ts'
import { type Selection, storesOf } from './selection.ts'
import { createShelf, type Past } from './shelf.ts'
import { createWatch, type Watched } from './watch.ts'
import { type Ground, lifeOf, type World } from './world.ts'

/** One process: a pool and its ways to the outside. */
export interface Process {
  readonly id: number
  readonly pool: SessionPool
  readonly selection: Selection
  readonly gates: ReadonlyMap<StoreKey, Gate>
  readonly watched: ReadonlyMap<StoreKey, Watched>
  /** What its stores had when it began, and, after a predecessor that ended later, what that one left. */
  readonly atStart: ReadonlyMap<StoreKey, ReadonlyMap<string, Past>>
  inherited: ReadonlyMap<StoreKey, ReadonlyMap<string, Past>>
  /** False while a predecessor has not ended, and this one has not had every store to itself since. */
  settled: boolean
  readonly deeds: Map<string, Deeds>
  /** Incarnations that it made, ended, and deleted. */
  readonly made: Set<string>
  readonly ended: Set<string>
  readonly deleted: Set<string>
  dead: boolean
  /** Fulfils when it is killed. */
  readonly death: Promise<void>
  /** As `kill -9`. */
  kill(): Promise<void>
}

const silent = { debug() {}, info() {}, warn() {}, error() {} }

/** Starts a process on what the earlier ones left, and watches what it does. `after`: one that has not ended yet. */
export async function startProcess(world: World, selection: Selection, after?: Process): Promise<Process> {
  world.processes += 1
  const id = world.processes
  const made = new Set<string>()
  const ended = new Set<string>()
  const watched = new Map<StoreKey, Watched>()
  const gates = new Map<StoreKey, Gate>()
  const keys = storesOf(selection)
  for (const key of keys) {
    const ground = world.grounds[key]
    if (ground.kind.capabilities.durability === 'none') forgetAll(world, ground)
    const watch = createWatch(world, ground, { id, made, ended })
    const inner = await ground.kind.create(ground.place)
    watched.set(key, watch)
    gates.set(key, createGate({ label: key, inner, sky: ground.sky, watch, lot: world.lot }))
  }
  const mortal = mortalHost(world.host, {
    created(incarnation, createdAt) {
      made.add(incarnation)
      lifeOf(world, incarnation).createdAt = createdAt
    },
    killed: (incarnation) => ended.add(incarnation),
  })
  const [first, ...mirrors] = keys.map((key) => gates.get(key)?.store).filter((store) => store !== undefined)
  const pool = createSessionPool({
    host: mortal.host,
    metadata: {
      store: first ?? selection,
      mirror: mirrors,
      flushIntervalMs: 5,
      maxRetryMs: 20,
      lockRetryMs: 10,
      ackMs: 20,
      saveDeadlineMs: 300,
      attachDeadlineMs: 80,
      callDeadlineMs: DEADLINE_MS,
    },
    livenessIntervalMs: 20,
    logger: silent,
  }) as SessionPool
  let die: () => void = () => {}
  const death = new Promise<void>((resolve) => {
    die = resolve
  })
  const atStart = pastOf(world, keys, id)
  const self: Process = {
    ...{ id, pool, selection, gates, watched, made, ended, atStart, inherited: atStart, settled: !after },
    ...{ deeds: new Map(), deleted: new Set(), dead: false, death },
    async kill() {
      self.dead = true
      mortal.kill()
      die()
      await Promise.all([...gates.values()].map((gate) => gate.kill()))
    },
  }
  listen(world, self)
  await pool.start()
  return self
}

/** What the stores have that other processes wrote. */
export function pastOf(
  { grounds }: World,
  keys: readonly StoreKey[],
  but: number,
): ReadonlyMap<StoreKey, ReadonlyMap<string, Past>> {
  return new Map(keys.map((key) => [key, grounds[key].shelf.past(but)]))
}

/** What a store without durability had has ended with the process that had it. */
function forgetAll({ cleanups }: World, ground: Ground): void {
  const { place, remove } = freshPlace()
  cleanups.push(remove)
  ground.place = place
  ground.shelf = createShelf()
}

function listen({ complain }: World, self: Process): void {
  self.pool.on('session:adopted', ({ session, outcome }) => {
    if (self.dead || outcome === 'unverified') return
    const about = `${session.sessionName} (${session.incarnation}) was taken for ${outcome}`
    for (const [key, { hasAnswered }] of self.watched)
      if (!hasAnswered()) complain(`${about} before store ${key} had answered`)
    for (const [key, past] of self.atStart)
      if ((past.get(String(session.incarnation))?.certain ?? []).length > 0) complain(`${about}, and stands in ${key}`)
  })
  const left = ({ session }: { session: { incarnation?: string } }) => {
    deedsOf(self, session.incarnation).hasLeft = true
  }
  self.pool.on('session:gone', left)
  self.pool.on('session:deleted', left)
}
