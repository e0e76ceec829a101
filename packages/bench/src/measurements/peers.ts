import type { MetadataStore } from '@sessionkeep/core'
import { fileStore } from '@sessionkeep/store-file'
import { bareFiles } from '../fixtures/bare-write.ts'
import type { Fixture } from '../fixtures/fixture.ts'
import { peerWriters, type Write } from '../fixtures/peer-writers.ts'
import { recordText, sampleRecord } from '../fixtures/record-text.ts'
import { interleave, type Subject, timed } from '../harness.ts'
import { type Figure, figure, type Result } from '../report/result.ts'
import { ratio } from '../statistics.ts'
import type { Extent } from './measurement.ts'

/** With 500 records a sample takes half a second, so fewer are taken. */
const STORED = [
  { stored: 1, plan: { rounds: 10, samples: 20, warmUp: 5 } },
  { stored: 50, plan: { rounds: 5, samples: 10, warmUp: 2 } },
  { stored: 500, plan: { rounds: 3, samples: 3, warmUp: 1 } },
]
const QUICK = { rounds: 2, samples: 2, warmUp: 1 }
const SAFE = 'bare safe write: survives a power cut'

type Part = 'one' | 'all'

/** Compares how long other libraries take to write one record and all of them, and what they guarantee. */
export async function peers(fixture: Fixture, { quick }: Extent): Promise<Omit<Result, 'name'>> {
  const figures: Figure[] = []
  for (const { stored, plan } of STORED) {
    const names = Array.from({ length: stored }, (_, index) => `claude-w${index}`)
    const writers = await openWriters(fixture, names)
    const subjects: Subject<Part>[] = Object.entries(writers).map(([name, write]) => ({
      name,
      sample: async () => ({ all: await timed(() => write(names)), one: await timed(() => write(names.slice(0, 1))) }),
    }))
    const taken = await interleave(subjects, quick ? QUICK : plan)
    for (const part of stored === 1 ? (['one'] as const) : (['one', 'all'] as const)) {
      const safe = taken(SAFE, part)
      const what = `${part === 'one' ? '1' : stored} of ${stored}`
      for (const name of Object.keys(writers)) {
        const role = name === SAFE ? 'limit' : name.startsWith('file store') ? 'us' : 'peer'
        figures.push(
          figure(role, `${what}, ${name}`, taken(name, part), {
            ratio: ratio(taken(name, part), safe),
            note: 'of the bare safe write',
          }),
        )
      }
    }
  }
  return {
    title: 'writing one record, and all of them, beside other libraries',
    figures,
    bars: [],
    notes: [
      'write-file-atomic, session-file-store and conf sync the file and not its directory: an acknowledged write can be gone after a power cut. lowdb and unstorage sync nothing. lowdb and conf write the whole document each time.',
      'lmdb is waited for until its pages are synced, and classic-level is asked to sync; neither is so by default. Their files cannot be read with cat. lmdb, classic-level and the file store write many records with one sync.',
      'The bare safe write writes one after the other, and syncs the directory after each.',
    ],
  }
}

async function openWriters(fixture: Fixture, names: readonly string[]): Promise<Record<string, Write>> {
  const signal = new AbortController().signal
  const bare = await bareFiles(fixture)
  const open = async (durability: 'power' | 'process'): Promise<MetadataStore> => {
    const store = fileStore({ directory: fixture.directory('store'), durability })
    await store.open?.({ signal, logger: console })
    fixture.onEnd(() => store.close?.())
    return store
  }
  const [power, process] = [await open('power'), await open('process')]
  const records = (some: readonly string[]) => new Map(some.map((name) => [name, sampleRecord(name)]))
  const writers: Record<string, Write> = {
    [SAFE]: async (some) => {
      for (const name of some) await bare.safeWrite(`${name}.json`, recordText(sampleRecord(name)))
    },
    'file store (power): survives a power cut': (some) => power.setMany(records(some), { signal }),
    'file store (process): survives a kill': (some) => process.setMany(records(some), { signal }),
    ...peerWriters(fixture),
  }
  for (const write of Object.values(writers)) await write(names)
  return writers
}
