import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { MetadataStore } from '@sessionkeep/core'
import { memoryHost } from '@sessionkeep/core/testing'
import { fileStore } from '@sessionkeep/store-file'
import { bareFiles } from '../fixtures/bare-write.ts'
import type { Fixture } from '../fixtures/fixture.ts'
import { makePool, populate, stores } from '../fixtures/pools.ts'
import { recordText, sampleRecord } from '../fixtures/record-text.ts'
import { interleave, type Subject, timed } from '../harness.ts'
import { type Bar, type Figure, figure, type Result, ratioBar, timeBar } from '../report/result.ts'
import { added, per, percentile, ratio } from '../statistics.ts'
import type { Extent } from './measurement.ts'

type Part = 'open' | 'start' | 'discover'
const SIZES = [1, 50, 500]
const READ = 'bare readFile + JSON.parse'
const SAFE = 'bare safe write'
const NOTHING = { open: 0, start: 0 }
const p99 = (samples: readonly number[]) => percentile(samples, 0.99)

/** Measures what persistence adds to finding the sessions again: when a gateway starts, and when it is asked to. */
export async function discovery(fixture: Fixture, { quick }: Extent): Promise<Omit<Result, 'name'>> {
  const plan = quick ? { rounds: 2, samples: 3, warmUp: 1 } : { rounds: 10, samples: 20, warmUp: 5 }
  const figures: Figure[] = []
  const bars: Bar[] = []
  for (const size of SIZES) {
    const taken = await interleave(await prepare(fixture, size), plan)
    const at = `${size} session${size === 1 ? '' : 's'}`
    const [read, safe] = [taken(READ, 'discover'), taken(SAFE, 'discover')]
    figures.push(figure('limit', `${SAFE}, one`, safe))
    figures.push(figure('limit', `${READ}, per session, ${at}`, per(read, size)))
    figures.push(figure('us', `opening the store, once, ${at}`, taken('file', 'open')))
    for (const part of ['start', 'discover'] as const) {
      const extra = added(taken('file', part), taken('none', part))
      const each = per(extra, size)
      figures.push(figure('none', `${part}, none, ${at}`, taken('none', part)))
      figures.push(figure('us', `${part}, file, ${at}`, taken('file', part)))
      figures.push(
        figure('us', `added to ${part}, per session, ${at}`, each, {
          ratio: ratio(extra, read),
          note: 'of the bare read',
        }),
      )
      bars.push(
        timeBar(`p99 added to ${part} per session, ${at}`, p99(each.flat()), 10, p99(safe.flat())),
        ratioBar(`added to ${part} per session beside the bare safe write, ${at}`, ratio(each, safe), 2),
      )
    }
  }
  return {
    title: 'start() and discoverExistingSessions()',
    figures,
    bars,
    notes: [
      'start is start() without the opening of the store, which has a line of its own. The store opens once per process: it takes the lock (a flock(1) child), removes leftovers and writes a probe.',
      'The bare read lists the directory and reads and parses every file, one after the other.',
    ],
  }
}

async function prepare(fixture: Fixture, size: number): Promise<Subject<Part>[]> {
  const host = memoryHost()
  const directory = fixture.directory('discovery')
  const first = makePool(fileStore({ directory }), { host })
  await populate(first, size)
  await first.stop()
  const bare = await bareFiles(fixture)
  const text = recordText(sampleRecord('w0'))
  const restart = async (store: MetadataStore, recovered: number): Promise<Record<Part, number>> => {
    const { timedStore, opening } = timeOpening(store)
    const pool = makePool(timedStore, { host })
    const start = await timed(() => pool.start())
    const discover = await timed(() => pool.discoverExistingSessions())
    const stored = pool.listSessions().filter(({ origin }) => origin === 'stored').length
    if (stored !== recovered) throw new Error(`${stored} sessions of ${recovered} were recovered`)
    await pool.stop()
    return { open: opening(), start: start - opening(), discover }
  }
  return [
    {
      name: READ,
      sample: async () => ({ ...NOTHING, discover: await timed(() => readAll(directory, size)) }),
    },
    {
      name: SAFE,
      sample: async () => ({ ...NOTHING, discover: await timed(() => bare.safeWrite('w0.json', text)) }),
    },
    { name: 'none', sample: () => restart(stores.none(), 0) },
    { name: 'file', sample: () => restart(fileStore({ directory }), size) },
  ]
}

async function readAll(directory: string, size: number): Promise<void> {
  const found = new Map<string, unknown>()
  for (const name of await readdir(directory)) {
    if (name.endsWith('.json')) found.set(name, JSON.parse(await readFile(join(directory, name), 'utf8')))
  }
  if (found.size !== size) throw new Error(`${found.size} files of ${size} were read`)
}

/** Measures the opening separately, because it is a cost of the process and not of a session. */
function timeOpening(store: MetadataStore) {
  let took = 0
  const open: MetadataStore['open'] = async (context) => {
    took = await timed(() => store.open?.(context))
  }
  return { timedStore: { ...store, open }, opening: () => took }
}
