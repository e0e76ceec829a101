import { randomUUID } from 'node:crypto'
import { mkdir, open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { MetadataStore } from '@sessionkeep/core'

/** Medians, in ms. */
export interface Cost {
  readonly one: number
  readonly batch: number
  readonly read: number
}

const ROUNDS = { one: 60, batch: 12 }
const BATCH = 500
const { signal } = new AbortController()
const call = { signal }

/** What an open store takes to write one record, to write 500, and to read 500, with 500 in it. */
export async function costOf(store: MetadataStore): Promise<Cost> {
  const names = Array.from({ length: BATCH }, (_, at) => `claude-workspace-${at}`)
  const write = (some: readonly string[]) => store.setMany(new Map(some.map((name) => [name, recordOf(name)])), call)
  await write(names)
  const one = await median(ROUNDS.one, (round) => write([names[round % BATCH] ?? '']))
  const batch = await median(ROUNDS.batch, () => write(names))
  const read = await median(ROUNDS.batch, () => store.getMany(names, call))
  return { one, batch, read }
}

/** The least that survives a power cut, bare: what the others are to be read beside. */
export async function bareSafeWrite(directory: string): Promise<number> {
  await mkdir(directory, { recursive: true })
  return median(ROUNDS.one, async () => {
    const temporary = join(directory, randomUUID())
    const file = await open(temporary, 'wx', 0o600)
    await file.writeFile(JSON.stringify(recordOf('claude-workspace-1')))
    await file.sync()
    await file.close()
    await rename(temporary, join(directory, 'record.json'))
    const parent = await open(directory)
    await parent.sync()
    await parent.close()
  })
}

async function median(rounds: number, task: (round: number) => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const start = performance.now()
    await task(round)
    times.push(performance.now() - start)
  }
  return times.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN
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
