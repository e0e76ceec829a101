import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { createSessionPool, type MetadataStore } from '@sessionkeep/core'
import { memoryHost } from '@sessionkeep/core/testing'
import { fileStore } from '@sessionkeep/store-file'
import type { Fixture } from '../fixtures/fixture.ts'
import { heldTimer, quiet } from '../fixtures/pools.ts'
import { sampleRecord } from '../fixtures/record-text.ts'
import { interleave, type Subject, timed } from '../harness.ts'
import { figure, type Result, ratioBar } from '../report/result.ts'
import { ratio } from '../statistics.ts'
import type { Extent } from './measurement.ts'

const CHANGED = 1000
const APPEND = 'one append and one fdatasync'
const STORE = 'file store with the journal'
const POOL = 'the same through the pool'
const signal = new AbortController().signal
const names = Array.from({ length: CHANGED }, (_, at) => `claude-w${at}`)

/** Measures a flush of a thousand changed sessions that survives a power cut, beside one append of the same records. */
export async function flush(fixture: Fixture, { quick }: Extent): Promise<Omit<Result, 'name'>> {
  const plan = quick ? { rounds: 2, samples: 2, warmUp: 1 } : { rounds: 7, samples: 10, warmUp: 5 }
  const taken = await interleave([await bareAppend(fixture), await store(fixture), await pool(fixture)], plan)
  const append = taken(APPEND, 'flush')
  const beside = (name: string) => ({ ratio: ratio(taken(name, 'flush'), append), note: 'of the append' })
  return {
    title: `a durable flush of ${CHANGED} changed sessions`,
    figures: [
      figure('limit', APPEND, append),
      ...[STORE, POOL].map((name) => figure('us', name, taken(name, 'flush'), beside(name))),
    ],
    bars: [
      ratioBar('a flush of the store beside one append', ratio(taken(STORE, 'flush'), append), 3),
      ratioBar('a flush of the pool beside one append', ratio(taken(POOL, 'flush'), append), 6),
    ],
    notes: ['The append writes the same records as lines of JSON. Neither the store nor the pool waits for the files.'],
  }
}

async function bareAppend(fixture: Fixture): Promise<Subject<'flush'>> {
  const file = await open(join(fixture.directory('append'), 'lines'), 'a')
  fixture.onEnd(() => file.close())
  return {
    name: APPEND,
    sample: async () => ({
      flush: await timed(async () => {
        await file.appendFile(names.map((name) => `${JSON.stringify({ name, record: sampleRecord(name) })}\n`).join(''))
        await file.datasync()
      }),
    }),
  }
}

async function store(fixture: Fixture): Promise<Subject<'flush'>> {
  const journalled = fileStore({ directory: fixture.directory('flush'), journal: true })
  await journalled.open?.({ signal, logger: quiet })
  fixture.onEnd(() => journalled.close?.())
  const records = () => new Map(names.map((name) => [name, sampleRecord(name)]))
  await journalled.setMany(records(), { signal })
  return { name: STORE, sample: async () => ({ flush: await timed(() => journalled.setMany(records(), { signal })) }) }
}

async function pool(fixture: Fixture): Promise<Subject<'flush'>> {
  const host = memoryHost()
  const counting = countWritten(fileStore({ directory: fixture.directory('flush-pool'), journal: true }))
  const timer = heldTimer()
  const sessions = createSessionPool({
    ...{ host, clock: timer.clock, logger: quiet, maxSessions: CHANGED },
    metadata: { store: counting.store, flushIntervalMs: timer.ms },
  })
  fixture.onEnd(() => sessions.stop())
  for (const name of names)
    await host.create(name, { workspace: name.slice(7), pool: 'claude-', createdAt: Date.now() })
  await sessions.start()
  const sample = async () => {
    const all = counting.whenWritten(CHANGED)
    for (const { workspace } of sessions.listSessions()) {
      sessions.trackRequestStart(workspace)
      sessions.trackRequestComplete(workspace)
    }
    return {
      flush: await timed(async () => {
        timer.run()
        await all
      }),
    }
  }
  await sample()
  return { name: POOL, sample }
}

/** Wraps a store, so that `whenWritten()` resolves once that many records were written. */
function countWritten(inner: MetadataStore) {
  let left = 0
  let tell: () => void = () => undefined
  const setMany: MetadataStore['setMany'] = async (records, options) => {
    await inner.setMany(records, options)
    left -= records.size
    if (left <= 0) tell()
  }
  return {
    store: { ...inner, setMany, capabilities: inner.capabilities },
    whenWritten(count: number): Promise<void> {
      left = count
      return new Promise((resolve) => {
        tell = resolve
      })
    },
  }
}
