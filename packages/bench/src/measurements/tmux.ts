import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import type { SessionPool } from '@sessionkeep/core'
import { tmuxHost } from '@sessionkeep/tmux'
import type { Fixture } from '../fixtures/fixture.ts'
import { startPool, stores } from '../fixtures/pools.ts'
import { openServer } from '../fixtures/tmux-server.ts'
import { interleave, type Subject, timed } from '../harness.ts'
import { figure, type Result, ratioBar } from '../report/result.ts'
import { added, median, ratio } from '../statistics.ts'
import type { Extent } from './measurement.ts'

type Part = 'create' | 'delete'
const BARE = 'bare tmux'
const run = promisify(execFile)
const title = 'getOrCreateSession and deleteSession on a real tmux'

/** Measures the share of persistence in the whole time when sessions are real. */
export async function tmux(fixture: Fixture, { quick }: Extent): Promise<Omit<Result, 'name'>> {
  if (spawnSync('tmux', ['-V']).status !== 0) {
    return { title, figures: [], bars: [], notes: ['Not measured: tmux is not installed.'] }
  }
  const plan = quick ? { rounds: 1, samples: 5, warmUp: 1 } : { rounds: 5, samples: 20, warmUp: 3 }
  const subjects: Subject<Part>[] = [await bareTmux(openServer(fixture))]
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
      figure('limit', `${part}, ${BARE}`, taken(BARE, part)),
      figure('none', `${part}, none`, taken('none', part)),
      figure('us', `${part}, file (power)`, taken('file (power)', part), {
        ratio: ratio(taken('file (power)', part), taken(BARE, part)),
        note: 'of bare tmux',
      }),
      figure('us', `added to ${part}`, added(taken('file (power)', part), taken('none', part))),
    ]),
    bars: [ratioBar('a create beside bare tmux', ratio(taken('file (power)', 'create'), taken(BARE, 'create')), 1.2)],
    notes: parts.map((part) => `Of a whole ${part}, persistence takes ${share(part).toFixed(0)} % (medians).`),
  }
}

/** Creates and deletes with one client of tmux each, and does not check names, stamp or list sessions, or keep records. */
async function bareTmux(socketPath: string): Promise<Subject<Part>> {
  const tmux = (...args: readonly string[]) => run('tmux', ['-S', socketPath, ...args])
  await tmux('new-session', '-d', '-s', 'keep', 'sleep', '3600')
  let count = 0
  return {
    name: BARE,
    async sample() {
      count += 1
      const name = `bare-${count}`
      return {
        create: await timed(() => tmux('new-session', '-d', '-s', name, 'sleep', '3600')),
        delete: await timed(() => tmux('kill-session', '-t', name)),
      }
    },
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
