import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { MetadataStore, SessionPool } from '@sessionkeep/core'
import type { Fixture } from '../fixtures/fixture.ts'
import { populate, startPool, stores } from '../fixtures/pools.ts'
import { stuckStore } from '../fixtures/stuck-store.ts'
import { interleave, type Subject } from '../harness.ts'
import { figure, type Result, timeBar } from '../report/result.ts'
import { added, median, percentile } from '../statistics.ts'
import type { Extent } from './measurement.ts'

const SESSIONS = 50
const PER_SECOND = 5000
const NS_PER_MS = 1e6

type Part = 'callP99' | 'callWorst' | 'loopP99' | 'loopWorst' | 'cpu'

/**
 * Measures whether activity waits for a store: the time of every call, and the delay of the event loop, at 5,000
 * requests/s.
 */
export async function burst(fixture: Fixture, { quick }: Extent): Promise<Omit<Result, 'name'>> {
  const plan = quick ? { rounds: 2, samples: 1, warmUp: 1 } : { rounds: 8, samples: 1, warmUp: 1 }
  const ms = quick ? 600 : 3000
  const variants: Record<string, MetadataStore> = {
    none: stores.none(),
    'file (power)': stores['file (power)'](fixture),
    'a store that hangs': stuckStore(),
  }
  const subjects: Subject<Part>[] = []
  for (const [name, store] of Object.entries(variants)) {
    const metadata = name === 'a store that hangs' ? { ackTimeoutMs: 10, callTimeoutMs: 1000 } : {}
    const pool = await startPool(fixture, store, { metadata })
    const workspaces = await populate(pool, SESSIONS)
    subjects.push({ name, sample: () => oneBurst(pool, workspaces, ms) })
  }
  const taken = await interleave(subjects, plan)
  const rows = (part: Part, what: string) =>
    Object.keys(variants).map((name) => figure(name === 'none' ? 'none' : 'us', `${what}, ${name}`, taken(name, part)))
  const extra = (name: string, part: Part) => median(added(taken(name, part), taken('none', part)).flat())
  const bars = Object.keys(variants)
    .filter((name) => name !== 'none')
    .flatMap((name) => [
      timeBar(`added to the p99 of a call by ${name}`, extra(name, 'callP99'), 0.01),
      timeBar(`added to the longest call by ${name}`, extra(name, 'callWorst'), 1),
      timeBar(`added to the p99 delay of the event loop by ${name}`, extra(name, 'loopP99'), 1),
    ])
  return {
    title: `${PER_SECOND} requests/s over ${SESSIONS} sessions, ${ms / 1000} s each, in turns`,
    figures: [
      ...rows('callP99', 'p99 of a call'),
      ...rows('callWorst', 'longest call'),
      ...rows('loopP99', 'p99 event loop delay'),
      ...rows('loopWorst', 'longest event loop delay'),
      ...rows('cpu', 'CPU of the process per second'),
    ],
    bars,
    notes: [
      'Each row has one value per burst; median, p99 and worst are over the bursts.',
      '"No wait at all" means that persistence adds less than this machine can measure (10 µs on a call, 1 ms on the longest, one tick of the loop).',
      'The delay of an idle event loop is above 1 ms: the sampling itself waits that long. CPU counts every thread, fsync included.',
    ],
  }
}

async function oneBurst(pool: SessionPool, workspaces: readonly string[], ms: number): Promise<Record<Part, number>> {
  const calls: number[] = []
  const clock = (verb: (workspace: string) => boolean, workspace: string) => {
    const began = performance.now()
    const ok = verb(workspace)
    calls.push(performance.now() - began)
    if (!ok) throw new Error(`a request of ${workspace} was refused`)
  }
  const delay = monitorEventLoopDelay({ resolution: 1 })
  const cpu = process.cpuUsage()
  delay.enable()
  const began = performance.now()
  let done = 0
  for (;;) {
    const elapsed = performance.now() - began
    const due = Math.min(ms, elapsed) * (PER_SECOND / 1000)
    for (; done < due; done += 1) {
      const workspace = workspaces[done % workspaces.length] ?? ''
      clock(pool.trackRequestStart, workspace)
      clock(pool.trackRequestComplete, workspace)
    }
    if (elapsed >= ms) break
    await sleep(1)
  }
  delay.disable()
  const { user, system } = process.cpuUsage(cpu)
  return {
    callP99: percentile(calls, 0.99),
    callWorst: percentile(calls, 1),
    loopP99: delay.percentile(99) / NS_PER_MS,
    loopWorst: delay.max / NS_PER_MS,
    cpu: (user + system) / ms,
  }
}
