import { createSessionPool, type SessionPool } from '@sessionkeep/core'
import { freshPlace } from '../frame/place.ts'
import { createGate, type Gate, type Watched } from './gate.ts'
import { mortalHost } from './mortal-host.ts'
import type { StoreKey } from './options.ts'
import { type Selection, storesOf } from './selection.ts'
import { createShelf } from './shelf.ts'
import { createWatch } from './watch.ts'
import { deedsOf, type Ground, inForce, lifeOf, type Process, pastOf, type World } from './world.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }

/** Starts a process on what the earlier ones left, and watches what it does. `after`: one that has not ended yet. */
export async function startProcess(world: World, selection: Selection, after?: Process): Promise<Process> {
  world.processes += 1
  const id = world.processes
  const made = new Set<string>()
  const ended = new Set<string>()
  const way = async (key: StoreKey): Promise<{ watch: Watched; gate: Gate }> => {
    const ground = world.grounds[key]
    if (ground.kind.capabilities.durability === 'none') forgetAll(world, ground)
    const watch = createWatch(world, ground, { id, made, ended })
    const inner = await ground.kind.create(ground.place)
    return {
      watch,
      gate: createGate({
        ...{ label: key, inner, sky: ground.sky, watch, lot: world.lot, lateMs: 2 * world.timeoutMs },
        turn: (what) => world.turn(`${id} ${what}`),
      }),
    }
  }
  const A = await way('A')
  const B = await way('B')
  const gates = { A: A.gate, B: B.gate }
  const mortal = mortalHost(world.host, {
    created(incarnation, createdAt) {
      made.add(incarnation)
      lifeOf(world, incarnation).createdAt = createdAt
    },
    killed: (incarnation) => ended.add(incarnation),
  })
  const [first, ...mirrors] = storesOf(selection).map((key) => gates[key].store)
  const pool = createSessionPool({
    host: mortal.host,
    metadata: {
      store: first ?? selection,
      mirror: mirrors,
      flushIntervalMs: 5,
      maxRetryMs: 20,
      lockRetryMs: 10,
      ackTimeoutMs: 20,
      saveTimeoutMs: 300,
      attachTimeoutMs: 3 * world.timeoutMs,
      callTimeoutMs: world.timeoutMs,
    },
    livenessIntervalMs: 20,
    logger: silent,
  }) as SessionPool
  let die: () => void = () => {}
  const death = new Promise<void>((resolve) => {
    die = resolve
  })
  const atStart = pastOf(world, id)
  const self: Process = {
    ...{
      id,
      pool,
      selection,
      gates,
      watched: { A: A.watch, B: B.watch },
      made,
      ended,
      atStart,
      inherited: atStart,
      settled: !after,
      overlaps: after !== undefined,
    },
    ...{ deeds: new Map(), deleted: new Map(), dead: false, death },
    async kill() {
      self.dead = true
      mortal.kill()
      die()
      await Promise.all([A.gate.kill(), B.gate.kill()])
    },
  }
  listen(world, self)
  await pool.start()
  return self
}

/** What a store without durability had has ended with the process that had it. */
function forgetAll({ cleanups }: World, ground: Ground): void {
  const { place, remove } = freshPlace()
  cleanups.push(remove)
  ground.place = place
  ground.shelf = createShelf()
}

function listen(world: World, self: Process): void {
  const { complain } = world
  self.pool.on('session:adopted', ({ session, outcome }) => {
    if (self.dead || outcome === 'unverified') return
    const about = `${session.sessionName} (${session.incarnation}) was taken for ${outcome}`
    for (const key of inForce(world, self)) {
      if (!self.watched[key].hasAnswered()) complain(`${about} before store ${key} had answered`)
      const { certain = [] } = self.atStart[key].get(String(session.incarnation)) ?? {}
      if (certain.length > 0) complain(`${about}, and stands in ${key}`)
    }
  })
  const left = ({ session }: { session: { incarnation?: string } }) => {
    deedsOf(self, session.incarnation).hasLeft = true
  }
  self.pool.on('session:gone', left)
  self.pool.on('session:deleted', left)
  self.pool.on('store:switched', () => {
    const stay = new Set(inForce(world, self))
    for (const [incarnation, keys] of self.deleted)
      self.deleted.set(
        incarnation,
        keys.filter((key) => stay.has(key)),
      )
  })
}
