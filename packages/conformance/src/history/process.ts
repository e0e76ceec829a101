import { createSessionPool, type SessionPool } from '@sessionkeep/core'
import { freshPlace } from '../frame/place.ts'
import { createFaultProxy, type FaultProxy, type StoreObserver } from './fault-proxy.ts'
import { killableHost } from './killable-host.ts'
import { createObserver } from './observer.ts'
import type { StoreKey } from './options.ts'
import { createReferenceStore, type Stored } from './reference-store.ts'
import { type Selection, storesOf } from './selection.ts'
import { activeStores, type Backend, lifeOf, logOf, type Process, pastOf, type World } from './world.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }

/** Starts a process on the data of the earlier processes. `after` is a predecessor that has not ended yet. */
export async function startProcess(world: World, selection: Selection, after?: Process): Promise<Process> {
  world.processes += 1
  const id = world.processes
  const made = new Set<string>()
  const ended = new Set<string>()
  const reach = async (key: StoreKey): Promise<{ observer: StoreObserver; proxy: FaultProxy }> => {
    const backend = world.backends[key]
    if (backend.kind.capabilities.durability === 'none') forgetAll(world, backend)
    const observer = createObserver(world, backend, { id, made, ended })
    const inner = await backend.kind.create(backend.place)
    return {
      observer,
      proxy: createFaultProxy({
        ...{
          label: key,
          inner,
          injector: backend.injector,
          observer,
          nextRandom: world.nextRandom,
          lateMs: 2 * world.timeoutMs,
        },
        turn: (what) => world.turn(`${id} ${what}`),
      }),
    }
  }
  const A = await reach('A')
  const B = await reach('B')
  const proxies = { A: A.proxy, B: B.proxy }
  const killable = killableHost(world.host, {
    created(incarnation, createdAt) {
      made.add(incarnation)
      lifeOf(world, incarnation).createdAt = createdAt
    },
    killed: (incarnation) => ended.add(incarnation),
  })
  const [first, ...mirrors] = storesOf(selection).map((key) => proxies[key].store)
  const pool = createSessionPool({
    host: killable.host,
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
      proxies,
      observers: { A: A.observer, B: B.observer },
      made,
      ended,
      atStart,
      inherited: atStart,
      settled: !after,
      predecessor: after?.id,
    },
    ...{ logs: new Map(), deleted: new Map(), dead: false, death },
    async kill() {
      self.dead = true
      killable.kill()
      die()
      await Promise.all([A.proxy.kill(), B.proxy.kill()])
    },
  }
  checkEvents(world, self)
  await pool.start()
  return self
}

/** Empties a store without durability, because its data ended with the process that had it open. */
function forgetAll({ cleanups }: World, backend: Backend): void {
  const { place, remove } = freshPlace()
  cleanups.push(remove)
  backend.place = place
  backend.reference = createReferenceStore()
}

/** Checks the pool's events against what the stores hold. */
function checkEvents(world: World, self: Process): void {
  const { reportFault } = world
  self.pool.on('session:adopted', ({ session, outcome }) => {
    if (self.dead || outcome === 'unverified') return
    const about = `${session.sessionName} (${session.incarnation}) was reported as ${outcome}`
    for (const key of activeStores(world, self)) {
      if (!self.observers[key].hasAnswered()) reportFault(`${about} before store ${key} had answered`)
      const { certain = [] } = self.atStart[key].get(String(session.incarnation)) ?? {}
      // A successor that started before this process read the store may have put this process's own record there.
      const isOverwritten = ({ sessionName }: Stored) =>
        world.backends[key].reference.candidates(String(sessionName)).some(({ by }) => by > self.id)
      if (!certain.every(isOverwritten)) reportFault(`${about}, though store ${key} has its record`)
    }
  })
  const noteForgotten = ({ session }: { session: { incarnation?: string } }) => {
    logOf(self, session.incarnation).wasForgotten = true
  }
  self.pool.on('session:gone', noteForgotten)
  self.pool.on('session:deleted', noteForgotten)
  self.pool.on('store:switched', () => {
    const active = new Set(activeStores(world, self))
    for (const [incarnation, keys] of self.deleted)
      self.deleted.set(
        incarnation,
        keys.filter((key) => active.has(key)),
      )
  })
}
