import fc from 'fast-check'
import { withHostUp } from '../manual-changes.ts'
import { wasStoredIn } from '../stored.ts'
import { activeStores, lifeOf, logOf, type Process, type World } from '../world.ts'
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
  const { backends, reportFault, trace } = world
  const view = self.pool.getSession(of)
  const saved = await self.pool.saveSessionMetadata(of)
  if (self.dead || !view) return
  trace.push(`    saved ${view.incarnation} r${saved.revision} in ${saved.stores.join(', ') || 'no store'}`)
  const retaining = activeStores(world, self)
  if (retaining.length > 0 && saved.stores.length === 0) reportFault(`${of} was saved nowhere`)
  for (const key of retaining.filter((one) => saved.stores.includes(one))) {
    if (!wasStoredIn(backends[key].reference, view))
      reportFault(`${of} r${saved.revision} was saved, and is not in ${key}`)
  }
}

async function end(world: World, self: Process, of: string, force: boolean): Promise<void> {
  const incarnation = self.pool.getSession(of)?.incarnation
  await self.pool.deleteSession(of, { force })
  // If another session took the name meanwhile, the incarnation that was ended is not known.
  const isThere = (await withHostUp(world, () => world.host.list())).some((one) => one.incarnation === incarnation)
  if (!self.dead && incarnation !== undefined && !isThere) self.deleted.set(incarnation, activeStores(world, self))
}

async function drain(world: World, self: Process, of: string, draining: boolean): Promise<void> {
  const incarnation = self.pool.getSession(of)?.incarnation
  // The incarnation of a session that is not in memory yet is not known.
  if (incarnation === undefined) return
  lifeOf(world, incarnation)
  logOf(self, incarnation).draining = draining
  await self.pool.setDraining(of, draining)
}

interface SessionStep {
  readonly label: string
  readonly of: string
  readonly waits: boolean
  readonly also?: readonly string[]
  run(world: World, self: Process): Promise<void>
}

const command = ({ label, of, waits, also = [], run }: SessionStep): Command => ({
  label: `${label} ${of}${waits ? '' : ', without waiting'}`,
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
      .map((given) => command({ label: 'create', ...given, run: (world, self) => create(world, self, given.of) })),
  },
  {
    weight: 2,
    arbitrary: fc.record({ of, waits }).map((given) =>
      command({
        ...{ label: 'save', ...given, also: [...OUTAGES, ...REFUSALS] },
        run: (world, self) => save(world, self, given.of),
      }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.record({ of, waits, flag }).map(({ flag: force, ...given }) =>
      command({
        ...{ label: force ? 'delete by force' : 'delete', ...given },
        run: (world, self) => end(world, self, given.of, force),
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({ of, flag }).map(({ flag: draining, ...given }) =>
      command({
        ...{ label: draining ? 'drain' : 'stop draining', ...given, waits: true },
        run: (world, self) => drain(world, self, given.of, draining),
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({ waits }).map((given) =>
      command({
        ...{ label: 'discover', of: 'all', ...given },
        run: async (_, self) => void (await self.pool.discoverExistingSessions()),
      }),
    ),
  },
]
