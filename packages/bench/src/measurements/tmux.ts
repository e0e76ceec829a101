import { spawnSync } from 'node:child_process'
import type { SessionPool } from '@sessionkeep/core'
import { tmuxHost } from '@sessionkeep/tmux'
import type { Fixture } from '../fixtures/fixture.ts'
import { startPool, stores } from '../fixtures/pools.ts'
import { openServer } from '../fixtures/tmux-server.ts'
import { interleave, type Subject, timed } from '../harness.ts'
import { figure, type Result } from '../report/result.ts'
import { added, median } from '../statistics.ts'
import type { Extent } from './measurement.ts'

type Part = 'create' | 'delete'
const title = 'getOrCreateSession and deleteSession on a real tmux'

/** Measures the share of persistence in the whole time when sessions are real. */
export async function tmux(fixture: Fixture, { quick }: Extent): Promise<Omit<Result, 'name'>> {
  if (spawnSync('tmux', ['-V']).status !== 0) {
    return { title, figures: [], bars: [], notes: ['Not measured: tmux is not installed.'] }
  }
  const plan = quick ? { rounds: 1, samples: 5, warmUp: 1 } : { rounds: 5, samples: 20, warmUp: 3 }
  const subjects: Subject<Part>[] = []
  for (const name of ['none', 'file (power)'] as const) {
    const pool = await startPool(fixture, stores[name](fixture), {
      host: tmuxHost({ socketPath: openServer(fixture) }),
    })
    subjects.push({ name, sample: () => createAndDelete(pool) })
  }
  const taken = await interleave(subjects, plan)
  const parts = ['create', 'delete'] as const
  const share = (part: Part) => {
    const extra = added(taken('file (power)', part), taken('none', part)).flat()
    return (100 * median(extra)) / median(taken('file (power)', part).flat())
  }
  return {
    title,
    figures: parts.flatMap((part) => [
      figure('none', `${part}, none`, taken('none', part)),
      figure('us', `${part}, file (power)`, taken('file (power)', part)),
      figure('us', `added to ${part}`, added(taken('file (power)', part), taken('none', part))),
    ]),
    bars: [],
    notes: parts.map((part) => `Of a whole ${part}, persistence takes ${share(part).toFixed(0)} % (medians).`),
  }
}

let made = 0

async function createAndDelete(pool: SessionPool): Promise<Record<Part, number>> {
  made += 1
  const workspace = `w${made}`
  return {
    create: await timed(() => pool.getOrCreateSession(workspace, { command: ['sleep', '3600'] })),
    delete: await timed(() => pool.deleteSession(workspace)),
  }
}
