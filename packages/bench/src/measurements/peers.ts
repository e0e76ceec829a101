import { join } from 'node:path'
import type { MetadataStore } from '@sessionkeep/core'
import { fileStore } from '@sessionkeep/store-file'
import { Low } from 'lowdb'
import { JSONFile } from 'lowdb/node'
import atomically from 'write-file-atomic'
import { bareFiles } from '../fixtures/bare-write.ts'
import type { Fixture } from '../fixtures/fixture.ts'
import { recordText, sampleRecord } from '../fixtures/record-text.ts'
import { interleave, type Subject, timed } from '../harness.ts'
import { type Figure, figure, type Result } from '../report/result.ts'
import { ratio } from '../statistics.ts'
import type { Extent } from './measurement.ts'

const writeFileAtomic: (path: string, text: string, options: { mode: number }) => Promise<void> = atomically

/** Fewer samples when each takes half a second. */
const STORED = [
  { stored: 1, plan: { rounds: 10, samples: 20, warmUp: 5 } },
  { stored: 50, plan: { rounds: 5, samples: 10, warmUp: 2 } },
  { stored: 500, plan: { rounds: 3, samples: 3, warmUp: 1 } },
]
const QUICK = { rounds: 2, samples: 2, warmUp: 1 }
const SAFE = 'bare safe write: survives a power cut'

/** Writes the records of these names, out of all stored ones, and resolves when the library calls them written. */
type Write = (names: readonly string[]) => Promise<unknown>
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
      'write-file-atomic syncs the file and not its directory: an acknowledged write can be gone after a power cut. lowdb syncs nothing, and writes the whole document each time.',
      'The bare safe write writes one after the other, and syncs the directory after each.',
    ],
  }
}

async function openWriters(fixture: Fixture, names: readonly string[]): Promise<Record<string, Write>> {
  const signal = new AbortController().signal
  const bare = await bareFiles(fixture)
  const atomic = fixture.directory('atomic')
  const database = new Low<Record<string, unknown>>(new JSONFile(join(fixture.directory('lowdb'), 'db.json')), {})
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
    'write-file-atomic: may lose it at a power cut': (some) =>
      Promise.all(
        some.map((name) =>
          writeFileAtomic(join(atomic, `${name}.json`), recordText(sampleRecord(name)), { mode: 0o600 }),
        ),
      ),
    'lowdb: may lose it all at a power cut': (some) =>
      database.update((data) => {
        for (const name of some) data[name] = sampleRecord(name)
      }),
  }
  for (const write of Object.values(writers)) await write(names)
  return writers
}
