// Uses a pool for an hour with requests, switches, vanishing disks, and sessions that come and go, and checks that
// nothing is lost and nothing grows. Needs the build. Never part of npm test.
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createSessionPool } from '@sessionkeep/core'
import { memoryHost } from '@sessionkeep/core/testing'
import { fileStore } from '@sessionkeep/store-file'
import { lowdbStore } from '@sessionkeep/store-lowdb'
import { startLoad } from '../test/switching/load.mjs'
import { totalsIn } from '../test/switching/records.mjs'
import { readArguments } from './lib/arguments.mjs'

const GROWTH = 1.1
const MORE_DESCRIPTORS = 5
const { values } = readArguments(
  `
500 sessions get 2,000 requests a second (--rate for another number), on a host in memory and real files. Every few
seconds the store is switched, its directory vanishes for a while, or a session is created and deleted. Exits 1 if a
request failed or is missing in the store at the end, or if the heap or the open files have grown. Needs the build and
Linux.

  npm run soak                     one hour
  npm run soak -- --minutes 10     shorter
  npm run soak -- --seconds 60     with one sample every two seconds, to see that it runs
`,
  { minutes: { type: 'string' }, seconds: { type: 'string' }, rate: { type: 'string', default: '2000' } },
)
const lengthMs = values.seconds ? Number(values.seconds) * 1000 : Number(values.minutes ?? 60) * 60_000
const sampleMs = Math.min(60_000, lengthMs / 30)

const base = mkdtempSync(join(tmpdir(), 'sk-soak-'))
const directory = join(base, 'files')
const file = join(base, 'lowdb', 'sessions.json')
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc')

/** How often each error was logged, by its code. */
const errors = {}
const note = ({ code }) => {
  errors[code] = (errors[code] ?? 0) + 1
}
const quiet = () => undefined
const pool = createSessionPool({
  host: memoryHost(),
  maxSessions: 600,
  logger: { debug: quiet, info: quiet, warn: quiet, error: note },
  metadata: {
    store: 'file',
    stores: { file: { directory }, lowdb: { file } },
    flushIntervalMs: 1000,
    lockRetryMs: 200,
  },
})
const names = Array.from({ length: 500 }, (_, at) => `w${at}`)
const done = { switches: 0, refused: 0, outages: 0, created: 0 }
const SELECTIONS = [
  { store: 'file' },
  { store: 'lowdb' },
  { store: 'file', mirror: ['lowdb'] },
  { store: 'lowdb', mirror: ['file'] },
]
const pick = (from) => from[Math.floor(Math.random() * from.length)]

const disturb = {
  async switches() {
    try {
      await pool.switchStore(pick(SELECTIONS), { timeoutMs: 60_000 })
      done.switches += 1
    } catch {
      // A switch is refused while a store is away.
      done.refused += 1
    }
  },
  async outages() {
    if (!existsSync(directory)) return
    renameSync(directory, `${directory}-away`)
    await sleep(Math.random() * 4000)
    renameSync(`${directory}-away`, directory)
    done.outages += 1
  },
  async comings() {
    const workspace = `guest${Math.floor(Math.random() * 20)}`
    await pool.getOrCreateSession(workspace)
    await pool.withRequest(workspace, quiet)
    await pool.deleteSession(workspace)
    done.created += 1
  },
}

await pool.start()
for (const name of names) await pool.getOrCreateSession(name)
const load = startLoad(pool, names, Number(values.rate))
const ending = new AbortController()
const every = async (ms, task) => {
  while (!ending.signal.aborted) {
    await sleep(ms * (0.5 + Math.random()), undefined, { signal: ending.signal }).catch(quiet)
    if (!ending.signal.aborted) await task()
  }
}
const disturbing = Promise.all([
  every(15_000, disturb.switches),
  every(40_000, disturb.outages),
  every(1000, disturb.comings),
])

const samples = []
const total = () => [...load.counted.values()].reduce((sum, count) => sum + count, 0)
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
console.log(
  '| minute | requests | failed | p99, ms | heap, MB | memory, MB | open files |\n| --- | --- | --- | --- | --- | --- | --- |',
)
const startedAt = performance.now()
while (performance.now() - startedAt < lengthMs) {
  await sleep(sampleMs)
  collect()
  const { heapUsed, rss } = process.memoryUsage()
  const latencies = load.takeLatencies().sort((a, b) => a - b)
  const sample = { heap: heapUsed / 1e6, files: readdirSync('/proc/self/fd').length }
  samples.push(sample)
  const minute = ((performance.now() - startedAt) / 60_000).toFixed(1)
  const p99 = (latencies[Math.floor(latencies.length * 0.99)] ?? 0).toFixed(1)
  console.log(
    `| ${minute} | ${total()} | ${load.failures.length} | ${p99} | ${sample.heap.toFixed(1)} | ${(rss / 1e6).toFixed(0)} | ${sample.files} |`,
  )
}
ending.abort()
await disturbing
await load.stop()
const { store } = pool.persistence().desired
const report = await pool.stop({ timeoutMs: 120_000 })
const stored = await totalsIn(store === 'file' ? fileStore({ directory }) : lowdbStore({ file }))
const missing = names.reduce((sum, name) => sum + Math.max(0, load.counted.get(name) - (stored.get(name) ?? 0)), 0)

// The process warms up in the first third, so growth is measured from the second to the last.
const third = Math.ceil(samples.length / 3)
const [middle, last] = [samples.slice(third, 2 * third), samples.slice(2 * third)]
const growth = median(last.map(({ heap }) => heap)) / median(middle.map(({ heap }) => heap))
const more = median(last.map(({ files }) => files)) - median(middle.map(({ files }) => files))
console.log(
  JSON.stringify({
    ...done,
    requests: total(),
    failed: load.failures.length,
    missing,
    unsaved: report.unsaved.length,
    errors,
    heapGrowth: growth,
    moreOpenFiles: more,
  }),
)
rmSync(base, { recursive: true, force: true })
const isGood = missing === 0 && load.failures.length === 0 && growth <= GROWTH && more <= MORE_DESCRIPTORS
if (load.failures.length > 0) console.log(load.failures[0])
process.exitCode = isGood ? 0 : 1
