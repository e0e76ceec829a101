import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSessionPool, type MetadataStore, noneStore } from '@sessionkeep/core'
import { memoryHost } from '@sessionkeep/core/testing'
import { fileStore } from '@sessionkeep/store-file'
import type { Fixture } from '../fixtures/fixture.ts'
import { quiet } from '../fixtures/pools.ts'
import { dropCaches } from '../fixtures/private-memory.ts'
import { recordText, sampleRecord } from '../fixtures/record-text.ts'
import { interleave, type Subject, timed } from '../harness.ts'
import { figure, type Result, ratioBar, timeBar } from '../report/result.ts'
import { added, ratio } from '../statistics.ts'
import type { Extent } from './measurement.ts'

type Part = 'start' | 'stall'
const LOOP = 'readFileSync + JSON.parse in a loop'
const OURS = 'start, file'
const NONE = 'start, none'
/** On a slow machine the start would not wait for all records, and the rest would come later. */
const PATIENT = { attachTimeoutMs: 300_000, callTimeoutMs: 300_000 }

/** Measures the start of a pool whose sessions all live, beside the fastest way to read their files. */
export async function living(fixture: Fixture, { quick }: Extent): Promise<Omit<Result, 'name'>> {
  const plan = quick ? { rounds: 2, samples: 1, warmUp: 1 } : { rounds: 5, samples: 1, warmUp: 1 }
  const count = quick ? 500 : 10_000
  const { subjects, clear } = await prepare(fixture, count)
  const warm = await interleave(subjects, plan)
  const canClear = clear()
  const cold = canClear ? await interleave(subjects.map(afterClearing(clear)), { ...plan, warmUp: 0 }) : undefined
  const stall = warm(OURS, 'stall')
  const rowsOf = (taken: typeof warm, cache: string) => {
    const beside = ratio(added(taken(OURS, 'start'), taken(NONE, 'start')), taken(LOOP, 'start'))
    return {
      figures: [
        figure('limit', `${LOOP}, ${cache}`, taken(LOOP, 'start')),
        figure('none', `${NONE}, ${cache}`, taken(NONE, 'start')),
        figure('us', `${OURS}, ${cache}`, taken(OURS, 'start'), { ratio: beside, note: 'what it adds, of the loop' }),
      ],
      bar: ratioBar(
        `added to the start by the records of ${count} living sessions, beside the loop, ${cache}`,
        beside,
        1.5,
      ),
    }
  }
  const all = [rowsOf(warm, 'warm cache'), ...(cold ? [rowsOf(cold, 'cold cache')] : [])]
  const longest = figure('us', 'longest turn of the event loop, warm cache', stall)
  return {
    title: `start() with ${count} living sessions`,
    figures: [...all.flatMap(({ figures }) => figures), longest],
    bars: [...all.map(({ bar }) => bar), timeBar('longest turn of the event loop', longest.median, 10)],
    notes: [
      'The opening of the store is not included.',
      canClear
        ? 'The cache of the disk is cleared before each cold sample.'
        : 'A cold cache is measured as root on Linux.',
    ],
  }
}

/** The same subject, with a cache that is cleared before each sample. */
const afterClearing =
  (clear: () => boolean) =>
  (subject: Subject<Part>): Subject<Part> => ({
    ...subject,
    sample() {
      clear()
      return subject.sample()
    },
  })

async function prepare(fixture: Fixture, count: number) {
  const host = memoryHost()
  const directory = fixture.directory('living')
  for (let at = 0; at < count; at += 1) {
    const createdAt = Date.now()
    const { incarnation } = await host.create(`claude-w${at}`, { workspace: `w${at}`, pool: 'claude-', createdAt })
    const text = recordText({ ...sampleRecord(`w${at}`), incarnation, createdAt })
    writeFileSync(join(directory, `claude-w${at}.json`), text, { mode: 0o600 })
  }
  const loop = () => {
    const found = readdirSync(directory).filter((name) => name.endsWith('.json'))
    const records = found.map((name) => JSON.parse(readFileSync(join(directory, name), 'utf8')) as unknown)
    if (records.length !== count) throw new Error(`${records.length} files of ${count} were read`)
  }
  const started = async (store: MetadataStore, recovered: number): Promise<Record<Part, number>> => {
    let opening = 0
    const open: MetadataStore['open'] = async (context) => {
      opening = await timed(() => store.open?.(context))
    }
    const pool = createSessionPool({
      host,
      logger: quiet,
      maxSessions: count,
      metadata: { store: { ...store, open }, ...PATIENT },
    })
    const turns = watchTurns()
    const start = await timed(() => pool.start())
    const stall = turns.longest()
    const stored = pool.listSessions().filter(({ origin }) => origin === 'stored').length
    await pool.stop()
    if (stored !== recovered) throw new Error(`${stored} sessions of ${recovered} were recovered`)
    return { start: start - opening, stall }
  }
  const subjects: Subject<Part>[] = [
    { name: LOOP, sample: async () => ({ start: await timed(loop), stall: 0 }) },
    { name: NONE, sample: () => started(noneStore(), 0) },
    { name: OURS, sample: () => started(fileStore({ directory }), count) },
  ]
  return { subjects, clear: dropCaches }
}

/** Measures the longest time between two turns of the event loop, ms. */
function watchTurns() {
  let [last, longest, isOver] = [performance.now(), 0, false]
  const turn = (): void => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
    if (!isOver) setImmediate(turn)
  }
  setImmediate(turn)
  return {
    longest() {
      isOver = true
      return longest
    },
  }
}
