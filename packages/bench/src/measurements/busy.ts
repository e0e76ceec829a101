import type { SessionPool } from '@sessionkeep/core'
import { bareFiles } from '../fixtures/bare-write.ts'
import type { Fixture } from '../fixtures/fixture.ts'
import { populate, startPool, stores } from '../fixtures/pools.ts'
import { recordText, sampleRecord } from '../fixtures/record-text.ts'
import { interleave, type Subject, timed } from '../harness.ts'
import { type Bar, type Figure, figure, type Result, ratioBar, timeBar } from '../report/result.ts'
import { added, percentile, ratio } from '../statistics.ts'
import type { Extent } from './measurement.ts'

type Part = 'create' | 'delete'
const p99 = (samples: readonly number[]) => percentile(samples, 0.99)
const SAFE = 'bare safe write'
/** With 500 sessions a sample takes a quarter of a second, so fewer are taken. */
const SIZES = [
  { size: 50, plan: { rounds: 10, samples: 100, warmUp: 20 } },
  { size: 500, plan: { rounds: 10, samples: 20, warmUp: 5 } },
]
const QUICK = { rounds: 2, samples: 10, warmUp: 5 }
const BETWEEN_REQUESTS_MS = 5

/**
 * Measures the same as `create` while every other session of the pool is active, so that every flush writes all of
 * them.
 */
export async function busy(fixture: Fixture, { quick }: Extent): Promise<Omit<Result, 'name'>> {
  const figures: Figure[] = []
  const bars: Bar[] = []
  for (const { size, plan } of SIZES) {
    const taken = await interleave(await prepare(fixture, size), quick ? QUICK : plan)
    const safe = taken(SAFE, 'create')
    figures.push(figure('limit', `${SAFE}, ${size} busy`, safe))
    for (const part of ['create', 'delete'] as const) {
      const none = taken('none', part)
      const extra = added(taken('file (power)', part), none)
      figures.push(figure('none', `${part}, none, ${size} busy`, none))
      figures.push(
        figure('us', `added to ${part} by file (power), ${size} busy`, extra, {
          ratio: ratio(extra, safe),
          note: 'of the bare safe write',
        }),
      )
      bars.push(
        timeBar(`p99 added to ${part}, ${size} sessions busy`, p99(extra.flat()), 10, p99(safe.flat())),
        ratioBar(`added to ${part} beside the bare safe write, ${size} sessions busy`, ratio(extra, safe), 2),
      )
    }
  }
  return {
    title: 'getOrCreateSession and deleteSession while all other sessions are active',
    figures,
    bars,
    notes: [
      `Every session has a request every ${BETWEEN_REQUESTS_MS} ms, so that each flush (every 1,000 ms) writes all of them; a create waits for the running write call, at most ackTimeoutMs (250 ms).`,
    ],
  }
}

async function prepare(fixture: Fixture, size: number): Promise<Subject<Part>[]> {
  const bare = await bareFiles(fixture)
  const text = recordText(sampleRecord('w0'))
  const subjects: Subject<Part>[] = [
    { name: SAFE, sample: async () => ({ create: await timed(() => bare.safeWrite('w0.json', text)), delete: 0 }) },
  ]
  for (const name of ['none', 'file (power)'] as const) {
    const pool = await startPool(fixture, stores[name](fixture))
    const workspaces = await populate(pool, size)
    const timer = setInterval(() => work(pool, workspaces), BETWEEN_REQUESTS_MS)
    fixture.onEnd(() => clearInterval(timer))
    subjects.push({ name, sample: () => createAndDelete(pool) })
  }
  return subjects
}

function work(pool: SessionPool, workspaces: readonly string[]): void {
  for (const workspace of workspaces) {
    pool.trackRequestStart(workspace)
    pool.trackRequestComplete(workspace)
  }
}

let made = 0

async function createAndDelete(pool: SessionPool): Promise<Record<Part, number>> {
  made += 1
  const workspace = `extra${made}`
  return {
    create: await timed(() => pool.getOrCreateSession(workspace)),
    delete: await timed(() => pool.deleteSession(workspace)),
  }
}
