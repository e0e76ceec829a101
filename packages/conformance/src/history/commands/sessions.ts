import fc from 'fast-check'
import { whileUp } from '../behind-the-back.ts'
import { wasStoredIn } from '../stored.ts'
import { deedsOf, inForce, lifeOf, type Process, type World } from '../world.ts'
import { attempt, begin } from './attempt.ts'
import type { Command, Kind } from './command.ts'
import { workspace } from './workspace.ts'

const OUTAGES = ['STORE_UNAVAILABLE', 'STORE_TIMEOUT', 'STORE_CLOSED', 'STORE_LOCKED', 'STORE_BATCH_FAILED']
const REFUSALS = ['STORE_RECORD_NEWER', 'STORE_RECORD_FOREIGN', 'STORE_RECORD_UNREADABLE']

async function create({ trace }: World, self: Process, of: string): Promise<void> {
  const { incarnation } = await self.pool.getOrCreateSession(of)
  if (!self.dead) trace.push(`    ${of} is ${incarnation}`)
}

async function save(world: World, self: Process, of: string): Promise<void> {
  const { grounds, complain, trace } = world
  const view = self.pool.getSession(of)
  const saved = await self.pool.saveSessionMetadata(of)
  if (self.dead || !view) return
  trace.push(`    saved ${view.incarnation} r${saved.revision} in ${saved.stores.join(', ') || 'no store'}`)
  const retaining = inForce(world, self)
  if (retaining.length > 0 && saved.stores.length === 0) complain(`${of} was saved nowhere`)
  for (const key of retaining.filter((one) => saved.stores.includes(one))) {
    if (!wasStoredIn(grounds[key].shelf, view)) complain(`${of} r${saved.revision} was saved, and is not in ${key}`)
  }
}

async function end(world: World, self: Process, of: string, force: boolean): Promise<void> {
  const incarnation = self.pool.getSession(of)?.incarnation
  await self.pool.deleteSession(of, { force })
  // Another may have come in between; then which one was ended is not known here.
  const isThere = (await whileUp(world, () => world.host.list())).some((one) => one.incarnation === incarnation)
  if (!self.dead && incarnation !== undefined && !isThere) self.deleted.set(incarnation, inForce(world, self))
}

async function drain(world: World, self: Process, of: string, draining: boolean): Promise<void> {
  const incarnation = self.pool.getSession(of)?.incarnation
  // Of a session that is not in memory yet, nobody could say which one it will be.
  if (incarnation === undefined) return
  lifeOf(world, incarnation)
  deedsOf(self, incarnation).draining = draining
  await self.pool.setDraining(of, draining)
}

interface Doing {
  readonly told: string
  readonly of: string
  readonly waits: boolean
  readonly also?: readonly string[]
  run(world: World, self: Process): Promise<void>
}

const command = ({ told, of, waits, also = [], run }: Doing): Command => ({
  told: `${told} ${of}${waits ? '' : ', without waiting'}`,
  run(world) {
    const self = world.process
    const running = attempt(world, self, () => run(world, self), also)
    return begin(world, running, waits, of)
  },
})

const flag = fc.boolean()
const of = workspace
const waits = fc.boolean()

export const sessions: readonly Kind[] = [
  {
    weight: 4,
    arbitrary: fc
      .record({ of, waits })
      .map((given) => command({ told: 'create', ...given, run: (world, self) => create(world, self, given.of) })),
  },
  {
    weight: 2,
    arbitrary: fc.record({ of, waits }).map((given) =>
      command({
        ...{ told: 'save', ...given, also: [...OUTAGES, ...REFUSALS] },
        run: (world, self) => save(world, self, given.of),
      }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.record({ of, waits, flag }).map(({ flag: force, ...given }) =>
      command({
        ...{ told: force ? 'delete by force' : 'delete', ...given },
        run: (world, self) => end(world, self, given.of, force),
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({ of, flag }).map(({ flag: draining, ...given }) =>
      command({
        ...{ told: draining ? 'drain' : 'stop draining', ...given, waits: true },
        run: (world, self) => drain(world, self, given.of, draining),
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({ waits }).map((given) =>
      command({
        ...{ told: 'discover', of: 'all', ...given },
        run: async (_, self) => void (await self.pool.discoverExistingSessions()),
      }),
    ),
  },
]
