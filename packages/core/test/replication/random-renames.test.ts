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

test.each([
  ['polls its host', { interval: 20, steps: 256 }],
  ['looks only when it is asked', { interval: 3_600_000, steps: 256 }],
  ['pauses after each step of a pass', { interval: 20, steps: 1 }],
  ['looks when it is asked, and pauses after each step', { interval: 3_600_000, steps: 1 }],
])(
  'a pool that %s loses no record of a session, whatever sessions are renamed to and whatever fails meanwhile',
  async (_, { interval, steps: mostSteps }) => {
    const { steps: usual } = pace
    onTestFinished(() => void Object.assign(pace, { steps: usual }))
    pace.steps = mostSteps
    const runs = Number(process.env.SESSIONKEEP_RENAMES) || 15
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 25 }), (steps) => run(steps, interval)),
      { numRuns: runs, endOnFailure: true },
    )
  },
)
