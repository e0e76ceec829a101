// One run of the outage campaign: the load through an outage, and beside it, in a process of its own, the same with
// `none`. Prints one line of JSON.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createSessionPool, memoryHost, noneStore } from '@sessionkeep/core'
import type { Fault } from './faults.ts'
import { type Load, serve } from './load.ts'
import { runOutage } from './run-outage.ts'
import { ENGINES, type EngineName } from './servers.ts'

interface Order {
  readonly engine: EngineName
  /** `none`: no server at all. */
  readonly fault: Fault | 'none'
  readonly sessions: number
  readonly perSecond: number
  readonly seconds: number
}

const order: Order = JSON.parse(process.argv[2] ?? '{}')

const figures = ({ latencies, failures }: Load) => {
  const at = (part: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * part))]
  return {
    requests: latencies.length,
    failed: failures.length,
    p50: at(0.5),
    p99: at(0.99),
    p999: at(0.999),
    max: at(1),
  }
}

async function withNone(): Promise<Load> {
  const logger = { debug() {}, info() {}, warn() {}, error() {} }
  const { sessions } = order
  const host = memoryHost()
  const pool = createSessionPool({ host, logger, maxSessions: sessions, metadata: { store: noneStore() } })
  const workspaces = Array.from({ length: sessions }, (_, index) => `w${index}`)
  await pool.start()
  for (const workspace of workspaces) await pool.getOrCreateSession(workspace)
  const load = await serve(pool, workspaces, order)
  await pool.stop()
  return load
}

async function withOutage(fault: Fault): Promise<object> {
  const { engine } = order
  const { make, uri } = ENGINES[engine]
  const server = await make()
  let beside: Promise<unknown[]> | undefined
  const onServe = () => {
    beside = once(fork(process.argv[1] ?? '', [JSON.stringify({ ...order, fault: 'none' })]), 'message')
  }
  try {
    const result = await runOutage({ ...order, fault, server, uri: uri(server.port), patienceMs: 120_000, onServe })
    const { load, ...rest } = result
    const [none] = (await beside) ?? []
    return { engine, fault, none, outage: figures(load), ...rest }
  } finally {
    await server.remove()
  }
}

if (order.fault === 'none') process.send?.(figures(await withNone()))
else process.stdout.write(`${JSON.stringify(await withOutage(order.fault))}\n`)
