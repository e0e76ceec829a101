import { bareFiles } from '../fixtures/bare-write.ts'
import type { Fixture } from '../fixtures/fixture.ts'
import { populate, startPool, stores } from '../fixtures/pools.ts'
import { recordText, sampleRecord } from '../fixtures/record-text.ts'
import { interleave, type Subject, timed } from '../harness.ts'
import { figure, type Result } from '../report/result.ts'
import { ratio } from '../statistics.ts'
import type { Extent } from './measurement.ts'

const SAFE = 'bare safe write'

/** Measures saveSessionMetadata after a request. */
export async function save(fixture: Fixture, { quick }: Extent): Promise<Omit<Result, 'name'>> {
  const plan = quick ? { rounds: 2, samples: 20, warmUp: 10 } : { rounds: 10, samples: 200, warmUp: 100 }
  const bare = await bareFiles(fixture)
  const text = recordText(sampleRecord('w0'))
  const subjects: Subject<'save'>[] = [
    { name: SAFE, sample: async () => ({ save: await timed(() => bare.safeWrite('w0.json', text)) }) },
  ]
  const ours = ['none', 'memory', 'file (process)', 'file (power)'] as const
  for (const name of ours) {
    const pool = await startPool(fixture, stores[name](fixture))
    const [workspace = ''] = await populate(pool, 1)
    subjects.push({
      name,
      async sample() {
        pool.trackRequestStart(workspace)
        pool.trackRequestComplete(workspace)
        return { save: await timed(() => pool.saveSessionMetadata(workspace)) }
      },
    })
  }
  const taken = await interleave(subjects, plan)
  const safe = taken(SAFE, 'save')
  return {
    title: 'saveSessionMetadata, acknowledged',
    figures: [
      figure('limit', SAFE, safe),
      ...ours.map((name) => {
        const rounds = taken(name, 'save')
        const beside = { ratio: ratio(rounds, safe), note: 'of the bare safe write' }
        return figure(name === 'none' ? 'none' : 'us', name, rounds, name.startsWith('file') ? beside : {})
      }),
    ],
    bars: [],
    notes: ['With `none` there is nothing to save, and the result states that: durability "none", no stores.'],
  }
}
