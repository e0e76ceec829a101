import { randomUUID } from 'node:crypto'
import { open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { MetadataStore } from '@sessionkeep/core'

export type Verb = 'one' | 'batch' | 'read'
/** The operations to measure, by name. */
export type Subject = Readonly<Partial<Record<Verb, (round: number) => Promise<unknown>>>>

const BATCH = 500
const { signal } = new AbortController()
const call = { signal }

/** The operations of an open store that holds 500 records: write one, write 500, and read 500. */
export async function subjectOf(store: MetadataStore): Promise<Subject> {
  const names = Array.from({ length: BATCH }, (_, at) => `claude-workspace-${at}`)
  const write = (some: readonly string[]) => store.setMany(new Map(some.map((name) => [name, recordOf(name)])), call)
  await write(names)
  return {
    one: (round) => write([names[round % BATCH] ?? '']),
    batch: () => write(names),
    read: () => store.getMany(names, call),
  }
}

/** The smallest write that survives a power cut, without a store, for comparison. */
export function bareSafeWrite(directory: string): Subject {
  return {
    async one() {
      const temporary = join(directory, randomUUID())
      const file = await open(temporary, 'wx', 0o600)
      await file.writeFile(JSON.stringify(recordOf('claude-workspace-1')))
      await file.sync()
      await file.close()
      await rename(temporary, join(directory, 'record.json'))
      const parent = await open(directory)
      await parent.sync()
      await parent.close()
    },
  }
}

/** The median time of each subject, in ms. They take turns, so that other load on the machine affects all of them alike. */
export async function medians(
  subjects: readonly Subject[],
  verb: Verb,
  rounds: number,
): Promise<Array<number | undefined>> {
  const times = subjects.map((): number[] => [])
  for (let round = 0; round < rounds; round += 1) {
    for (const [at, subject] of subjects.entries()) {
      const task = subject[verb]
      if (!task) continue
      const start = performance.now()
      await task(round)
      times[at]?.push(performance.now() - start)
    }
  }
  return times.map((taken) => taken.sort((a, b) => a - b)[Math.floor(taken.length / 2)])
}

const recordOf = (sessionName: string) => ({
  sessionName,
  workspace: sessionName.slice(7),
  createdAt: 1_700_000_000_123,
  lastActivityAt: Date.now(),
  totalRequests: Math.floor(Math.random() * 1000),
  status: 'idle',
  incarnation: '1234.1700000000.$7',
  pool: 'claude-',
  revision: 17,
  run: '7f1c9a52',
  attributes: { chatId: 'c-42', cwd: '/srv/workspace' },
  schemaVersion: 1,
})
