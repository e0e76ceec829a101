// One run of the outage campaign, in four processes: this one runs the server and its fault, a second one the pool on that
// server, and two more, at the same time, pools with `none`. Prints one line of JSON.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createSessionPool, noneStore } from '@sessionkeep/core'
import { memoryHost } from '@sessionkeep/core/testing'
import { type Fault, takeAway } from './faults.ts'
import { type Load, serve } from './load.ts'
import { runOutage } from './run-outage.ts'
import { ENGINES, type EngineName } from './servers.ts'

interface Order {
  readonly role?: 'outage' | 'none'
  readonly engine: EngineName
  readonly fault: Fault
  readonly uri: string
  readonly sessions: number
  readonly perSecond: number
  readonly seconds: number
}
type Message = { readonly ask: 'takeDown' | 'takeAway' } | { readonly result: object }

const order: Order = JSON.parse(process.argv[2] ?? '{}')
const startProcess = (role: Order['role'], uri: string): ChildProcess =>
  fork(process.argv[1] ?? '', [JSON.stringify({ ...order, role, uri })])

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

async function withServer(): Promise<object> {
  const { engine, fault, seconds } = order
  const { make, uri } = ENGINES[engine]
  const server = await make()
  let controls: Promise<unknown[][]> | undefined
  try {
    await server.start()
    const pool = startProcess('outage', uri(server.port))
    const commands = {
      takeDown: () => server.kill(),
      takeAway: () => {
        controls = Promise.all([1, 2].map(() => once(startProcess('none', ''), 'message')))
        return takeAway(server, fault, seconds)
      },
    }
    for (;;) {
      const [message] = (await once(pool, 'message')) as [Message]
      if ('result' in message) {
        const [none, again] = ((await controls) ?? []).map(([figure]) => figure)
        return { engine, fault, none, again, ...message.result }
      }
      await commands[message.ask]()
      pool.send('done')
    }
  } finally {
    server.thaw()
    await server.remove()
  }
}

async function throughOutage(): Promise<object> {
  const request = (ask: 'takeDown' | 'takeAway') => async () => {
    const done = once(process, 'message')
    process.send?.({ ask } satisfies Message)
    await done
  }
  const { load, ...rest } = await runOutage({
    ...order,
    takeDown: request('takeDown'),
    takeAway: request('takeAway'),
    patienceMs: 120_000,
  })
  return { outage: figures(load), ...rest }
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

if (order.role === 'none') process.send?.(figures(await withNone()))
else if (order.role === 'outage') {
  process.send?.({ result: await throughOutage() } satisfies Message)
  process.disconnect()
} else process.stdout.write(`${JSON.stringify(await withServer())}\n`)
