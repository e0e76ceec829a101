import type { Fixture } from '../fixtures/fixture.ts'
import { privateMemory } from '../fixtures/private-memory.ts'
import type { Result } from '../report/result.ts'
import { median } from '../statistics.ts'
import type { Extent } from './measurement.ts'

const SESSIONS = 50
const REQUESTS_PER_SECOND = 5000

/** A process with a pool that had a burst of requests. */
const burstOf = (directory: string, seconds: number) => `
import { createSessionPool } from '@sessionkeep/core'
import { memoryHost } from '@sessionkeep/core/testing'
import { fileStore } from '@sessionkeep/store-file'
const pool = createSessionPool({ host: memoryHost(), metadata: { store: fileStore({ directory: ${JSON.stringify(directory)} }) } })
await pool.start()
const names = Array.from({ length: ${SESSIONS} }, (_, at) => 'w' + at)
for (const name of names) await pool.getOrCreateSession(name)
for (let sent = 0; sent < ${seconds * REQUESTS_PER_SECOND}; sent += 50) {
  for (const name of names) { pool.trackRequestStart(name); pool.trackRequestComplete(name) }
  await new Promise((resolve) => setTimeout(resolve, 10))
}
await new Promise((resolve) => setTimeout(resolve, 2000))`

/** Measures how much memory a process with a pool has for itself after a burst of requests, beside a process without any module. */
export async function memory(fixture: Fixture, { quick }: Extent): Promise<Omit<Result, 'name'>> {
  const base = import.meta.dirname
  const rounds = Array.from({ length: quick ? 1 : 5 }, () => {
    const bare = privateMemory('', base)
    return privateMemory(burstOf(fixture.directory('memory'), quick ? 0.1 : 3), base) - bare
  })
  const value = median(rounds)
  const spread = { median: value, low: Math.min(...rounds), high: Math.max(...rounds) }
  const bar = `private memory of a process with ${SESSIONS} sessions after a burst, beyond a bare process`
  return {
    title: 'the memory of a process with a pool',
    figures: [],
    bars: [{ bar, unit: 'MB', value, limit: 35, spread, held: value < 35 }],
    notes: ['Private memory is what `smaps_rollup` of Linux counts as such. The garbage is collected before.'],
  }
}
