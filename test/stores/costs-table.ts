import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bareSafeWrite, medians, type Subject, subjectOf } from './cost.ts'
import { STORES } from './facts.ts'
import { type OpenedFact, opened } from './opened.ts'

export const COSTS_TITLES = ['`store`', 'keeps here', 'one record', '500 at once', 'reading 500']
export const BARE = 'a bare safe write'

const SURVIVES = { none: 'nothing', process: 'a kill', power: 'a power cut' } as const

/** Measures every store that is available on this machine; takes about a minute. */
export async function costsTable(): Promise<string[][]> {
  const directory = mkdtempSync(join(tmpdir(), 'sk-costs-'))
  const stores: OpenedFact[] = []
  try {
    for (const [at, fact] of STORES.entries()) stores.push(await opened(fact, join(directory, String(at))))
    const bare = join(directory, 'bare')
    mkdirSync(bare)
    const subjects: Subject[] = []
    for (const { store } of stores) subjects.push(store ? await subjectOf(store) : {})
    subjects.push(bareSafeWrite(bare))
    const columns = [
      await medians(subjects, 'one', 100),
      await medians(subjects, 'batch', 20),
      await medians(subjects, 'read', 20),
    ]
    const titles = [
      ...stores.map(({ fact, store }) => [
        fact.title,
        store ? SURVIVES[store.capabilities.durability] : 'not measured',
      ]),
      [BARE, SURVIVES.power],
    ]
    return [COSTS_TITLES, ...titles.map((title, at) => [...title, ...columns.map((column) => shown(column[at]))])]
  } finally {
    for (const { end } of stores) await end()
    rmSync(directory, { recursive: true, force: true })
  }
}

function shown(ms: number | undefined): string {
  if (ms === undefined) return '–'
  return ms < 0.1 ? '< 0.1 ms' : `${ms.toFixed(ms < 10 ? 1 : 0)} ms`
}
