import type { SessionPool } from '@sessionkeep/core'
import { bareFiles } from '../fixtures/bare-write.ts'
import type { Fixture } from '../fixtures/fixture.ts'
import { type StoreName, startPool, stores } from '../fixtures/pools.ts'
import { recordText, sampleRecord } from '../fixtures/record-text.ts'
import { interleave, type Subject, timed } from '../harness.ts'
import { type Bar, type Figure, figure, type Result, ratioBar, timeBar } from '../report/result.ts'
import { added, percentile, ratio } from '../statistics.ts'
import type { Extent } from './measurement.ts'

type Part = 'create' | 'delete'
const US: readonly StoreName[] = ['file (process)', 'file (power)']
const SAFE = 'bare safe write'
const p99 = (samples: readonly number[]) => percentile(samples, 0.99)

/** Measures what persistence adds to creating and deleting a session on a host that costs almost nothing. */
export async function create(fixture: Fixture, { quick }: Extent): Promise<Omit<Result, 'name'>> {
  const plan = quick ? { rounds: 2, samples: 20, warmUp: 10 } : { rounds: 10, samples: 200, warmUp: 100 }
  const bare = await bareFiles(fixture)
  const text = recordText(sampleRecord('w0'))
  let count = 0
  const subjects: Subject<Part>[] = [
    {
      name: SAFE,
      async sample() {
        count += 1
        const name = `claude-w${count}.json`
        return {
          create: await timed(() => bare.safeWrite(name, text)),
          delete: await timed(() => bare.safeUnlink(name)),
        }
      },
    },
  ]
  for (const name of ['none', ...US] as const) {
    const pool = await startPool(fixture, stores[name](fixture))
    subjects.push({ name, sample: () => createAndDelete(pool) })
  }
  const taken = await interleave(subjects, plan)
  const figures: Figure[] = []
  const bars: Bar[] = []
  const safe = taken(SAFE, 'create')
  for (const part of ['create', 'delete'] as const) {
    const none = taken('none', part)
    figures.push(figure('limit', part === 'create' ? SAFE : 'bare safe unlink', taken(SAFE, part)))
    figures.push(figure('none', `${part}, none`, none))
    for (const name of US) {
      const extra = added(taken(name, part), none)
      figures.push(figure('us', `${part}, ${name}`, taken(name, part)))
      figures.push(
        figure('us', `added to ${part} by ${name}`, extra, {
          ratio: ratio(extra, safe),
          note: 'of the bare safe write',
        }),
      )
    }
    const extra = added(taken('file (power)', part), none)
    bars.push(
      timeBar(`p99 added to ${part} by the file store`, p99(extra.flat()), 10, p99(safe.flat())),
      ratioBar(`added to ${part} beside the bare safe write, medians`, ratio(extra, safe), 2),
      ratioBar(`added to ${part} beside the bare safe write, p99`, ratio(extra, safe, p99), 2),
    )
  }
  return {
    title: 'getOrCreateSession and deleteSession on a host in memory',
    figures,
    bars,
    notes: [
      'Added: the time with the file store minus the time with `none` right beside it, pair by pair.',
      `The bare safe write: open(wx, 0600), writeFile of ${text.length} bytes, fsync, close, rename, fsync of the directory, in a bare loop on the same disk.`,
      'The bars are those of file (power), the default.',
    ],
  }
}

let made = 0

async function createAndDelete(pool: SessionPool): Promise<Record<Part, number>> {
  made += 1
  const workspace = `w${made}`
  return {
    create: await timed(() => pool.getOrCreateSession(workspace)),
    delete: await timed(() => pool.deleteSession(workspace)),
  }
}
