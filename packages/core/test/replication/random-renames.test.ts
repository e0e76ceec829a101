import { pace } from '@sessionkeep/contracts/internal'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { memoryHost } from '../../src/testing.ts'
import { lateStore, type Stored } from '../support/late-store.ts'
import { makePool } from '../support/pools.ts'
import { clock, sleep, until } from '../support/time.ts'

const WORKSPACES = ['a', 'b', 'c', 'd']
/** Few names, so that sessions take the names of each other all the time. */
const NAMES = ['claude-a', 'claude-b', 'claude-c', 'claude-d', 'x1', 'x2', 'x3']
const METADATA = { flushIntervalMs: 5, maxRetryMs: 20, callTimeoutMs: 50, attachTimeoutMs: 100, saveTimeoutMs: 100 }

const name = fc.constantFrom(...NAMES)
const workspace = fc.constantFrom(...WORKSPACES)
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('rename' as const), workspace, to: name }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('swap' as const), workspace, other: workspace }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('fail' as const),
      call: fc.constantFrom('getMany' as const, 'setMany' as const, 'deleteMany' as const),
      name,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('mend' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delay' as const), ms: fc.constantFrom(20, 80, 150) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('request' as const), workspace }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('discover' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('kill' as const) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 8, 30, 90) }) },
)
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

/** Runs the steps, and throws when an acknowledged record of a living session is in the store under no name any more. */
async function run(steps: readonly Step[], livenessIntervalMs: number): Promise<void> {
  const host = memoryHost({ clock })
  /** The most requests that the store has acknowledged, by incarnation. */
  const acknowledged = new Map<string, number>()
  const losses: string[] = []
  const look = (): void => {
    const stored = [...store.stored()]
    const most = (of: ReadonlyArray<[string, Stored]>, incarnation: string): number =>
      Math.max(-1, ...of.flatMap(([, one]) => (one.incarnation === incarnation ? [one.totalRequests] : [])))
    for (const [incarnation, total] of acknowledged)
      if (most(stored, incarnation) < total) losses.push(`${incarnation} had ${total} requests`)
    const heard = stored.filter(([key]) => store.isAcknowledged(key))
    for (const [, { incarnation }] of heard)
      acknowledged.set(incarnation, Math.max(acknowledged.get(incarnation) ?? 0, most(heard, incarnation)))
  }
  const store = lateStore(look)
  const open = () => {
    const { pool } = makePool({ host, livenessIntervalMs, metadata: { ...METADATA, store: store.open() } })
    return pool
  }
  let pool = open()
  await pool.start()
  for (const [at, one] of WORKSPACES.entries()) {
    await pool.getOrCreateSession(one)
    for (let i = 0; i <= at; i += 1) pool.trackRequestStart(one)
    await pool.saveSessionMetadata(one)
  }
  const hosted = async () => (await host.list()).filter(({ exited }) => !exited)
  const nameOf = async (one: string) => (await hosted()).find((session) => session.workspace === one)?.sessionName ?? ''

  const take: { [Do in Step['do']]: (taken: Extract<Step, { do: Do }>) => Promise<unknown> } = {
    async rename({ workspace: of, to }) {
      if (!(await hosted()).some(({ sessionName }) => sessionName === to)) host.control.rename(await nameOf(of), to)
    },
    async swap({ workspace: of, other }) {
      if (of === other) return
      const [mine, theirs] = [await nameOf(of), await nameOf(other)]
      host.control.rename(mine, 'between')
      host.control.rename(theirs, mine)
      host.control.rename('between', theirs)
    },
    fail: async ({ call, name: failing }) => store.failName(call, failing),
    mend: async () => store.mend(),
    delay: async ({ ms }) => store.delayWrite(ms),
    request: async ({ workspace: of }) => pool.trackRequestStart(of),
    discover: () => pool.discoverExistingSessions(),
    async kill() {
      const killed = pool
      pool = open()
      void killed.stop({ timeoutMs: 1 })
      await pool.start()
    },
    wait: ({ ms }) => sleep(ms),
  }
  for (const taken of steps) await take[taken.do](taken as never)
  store.mend()
  await until(async () => {
    await pool.discoverExistingSessions()
    const living = await hosted()
    expect([...store.stored()].map(([key, { incarnation }]) => `${key} ${incarnation}`).toSorted()).toEqual(
      living.map(({ sessionName, incarnation }) => `${sessionName} ${incarnation}`).toSorted(),
    )
    for (const [key, { workspace: of, totalRequests }] of store.stored())
      expect(pool.getSession(of)).toMatchObject({ sessionName: key, totalRequests })
    expect(pool.persistence().stores).toMatchObject([{ dirty: 0 }])
  })
  expect(losses).toEqual([])
  await pool.stop({ timeoutMs: 100 })
}

/** Reads steps such as `rename a x1, fail getMany x1, wait 8`. */
function parsed(text: string): Step[] {
  return text.split(', ').map((one) => {
    const [does, first = '', second = ''] = one.split(' ')
    if (does === 'rename') return { do: does, workspace: first, to: second }
    if (does === 'swap') return { do: does, workspace: first, other: second }
    if (does === 'fail') return { do: does, call: first as 'getMany' | 'setMany' | 'deleteMany', name: second }
    if (does === 'request') return { do: does, workspace: first }
    if (does === 'delay' || does === 'wait') return { do: does, ms: Number(first) } as Step
    return { do: does as 'mend' | 'discover' | 'kill' }
  })
}

/** How often the pool polls its host, ms, and how many steps a pass takes before it pauses. */
interface Kind {
  readonly interval: number
  readonly mostSteps: number
}
const polling: Kind = { interval: 20, mostSteps: 256 }
const asked: Kind = { interval: 3_600_000, mostSteps: 256 }

/** Lets a pass pause after that many steps until the test ends. */
function setPace(mostSteps: number): void {
  const { steps: usual } = pace
  onTestFinished(() => void Object.assign(pace, { steps: usual }))
  pace.steps = mostSteps
}

test.each<[string, Kind]>([
  ['polls its host', polling],
  ['looks only when it is asked', asked],
  ['pauses after each step of a pass', { ...polling, mostSteps: 1 }],
  ['looks when it is asked, and pauses after each step', { ...asked, mostSteps: 1 }],
])(
  'a pool that %s loses no record of a session, whatever sessions are renamed to and whatever fails meanwhile',
  async (_, { interval, mostSteps }) => {
    setPace(mostSteps)
    const runs = Number(process.env.SESSIONKEEP_RENAMES) || 15
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 25 }), (steps) => run(steps, interval)),
      { numRuns: runs, endOnFailure: true },
    )
  },
)

/** Each was found by the random search, and made as short as possible. */
test.each<[string, Kind, string]>([
  [
    'it was written while an earlier call was under way, and another session takes its name',
    polling,
    'delay 150, swap d b, wait 90, request d, discover, rename a claude-a, delay 20, swap a d, wait 90, delay 20, discover, rename a claude-a',
  ],
  [
    'its spare record was made before the record was read',
    polling,
    'fail getMany claude-a, swap d a, rename a claude-c, wait 1, fail deleteMany claude-a, kill, rename a x3, wait 1, fail deleteMany claude-a, wait 90, swap d b, fail getMany x3, swap a c, fail deleteMany claude-b, wait 8, rename c x2, swap d c, delay 80, mend, rename c claude-d, fail getMany claude-b',
  ],
  [
    'of two calls that end late the earlier one ends last',
    asked,
    'delay 150, rename d x2, fail getMany x2, mend, mend, rename a x3, swap a a, discover, rename a claude-b, rename b x1, delay 80, discover, discover, rename a x3, discover, wait 30, swap d c, rename a x2, fail setMany claude-b, swap b b, wait 30, mend, request a, rename b claude-b',
  ],
  [
    'its session is renamed while a pass notes what the store has',
    { ...polling, mostSteps: 1 },
    'fail getMany claude-c, fail deleteMany claude-a, request a, rename a claude-a, kill, wait 1, rename a claude-a, swap c d',
  ],
  [
    'another session takes its name in a pause of the pass that reads it',
    { ...asked, mostSteps: 1 },
    'request a, fail getMany claude-a, rename a claude-a, kill, request d, kill, swap a d, request a',
  ],
  [
    'it is under the former name of another session',
    { ...asked, mostSteps: 1 },
    'rename d x1, swap b d, fail getMany claude-b, rename a claude-d, rename a x1, swap c d, wait 90, fail setMany claude-c, swap a b, kill, fail setMany claude-a, rename c x3',
  ],
])('a record stays when %s', async (_, { interval, mostSteps }, steps) => {
  setPace(mostSteps)
  // When a write is sent depends on the time.
  for (let attempt = 0; attempt < 8; attempt += 1) await run(parsed(steps), interval)
})
