import { createSessionPool, type SessionPool } from '@sessionkeep/core'
import { type MemoryHost, memoryHost } from '@sessionkeep/core/testing'
import { keyvStore } from '@sessionkeep/store-keyv'
import type { Server } from '../../packages/store-keyv/test/support/server.ts'
import { countWritten } from './count-written.ts'
import { ENGINES, type EngineName, TIMEOUT_MS } from './engines.ts'
import { ownProcessorMs, processorMsOf } from './server-cost.ts'

const HOUR_MS = 3_600_000
/** How long the fleet is idle while the renewals of its leases are measured, ms. */
const IDLE_MS = 20_000
const quiet = () => undefined
const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet }

interface Gateway {
  readonly host: MemoryHost
  readonly id: string
}

/** What a step of the whole fleet costs: by the clock, and in processor time of the server and of all gateways; ms. */
interface Cost {
  readonly clock: number
  readonly server: number
  readonly gateways: number
}

/**
 * Measures one server with so many gateways in this process, each with a pool id, a connection and a lease of its own: all
 * start at once, all flush all their sessions, nobody does anything, and a tenth of all sessions is forgotten.
 */
export async function measureFleet(engine: EngineName, server: Server, gateways: number, sessions: number) {
  const uri = ENGINES[engine].uri(server.port)
  const names = Array.from({ length: sessions }, (_, at) => `w${at}`)
  const fleet = await Promise.all(
    Array.from({ length: gateways }, (_, at) => gatewayWith(`f${gateways}-g${at}`, names)),
  )
  const costOf = async (step: () => Promise<unknown>): Promise<Cost> => {
    const [clock, own, before] = [performance.now(), ownProcessorMs(), processorMsOf(server)]
    await step()
    return {
      clock: performance.now() - clock,
      server: processorMsOf(server) - before,
      gateways: ownProcessorMs() - own,
    }
  }
  const first = fleet.map((gateway) => poolOf(gateway, uri, sessions))
  await Promise.all(first.map(({ pool }) => pool.start()))
  const filled = await costOf(() => flushAll(first, names))
  const flushed = await costOf(() => flushAll(first, names))
  await Promise.all(first.map(({ pool }) => pool.stop({ timeoutMs: HOUR_MS })))

  const second = fleet.map((gateway) => poolOf(gateway, uri, sessions))
  const storm = await costOf(() => Promise.all(second.map(({ pool }) => pool.start())))
  const late = second.filter(({ pool }) => pool.persistence().effective.reason !== 'ok').length
  const recovered = await allRecovered(second)
  const idle = await costOf(() => new Promise((resolve) => setTimeout(resolve, IDLE_MS)))

  for (const { host } of fleet) for (const name of names.slice(0, sessions / 10)) host.control.exit(`claude-${name}`)
  await Promise.all(second.map(({ pool }) => pool.discoverExistingSessions()))
  const forgotten = await costOf(() => Promise.all(second.map(({ pool }) => pool.forgetEnded())))
  await Promise.all(second.map(({ pool }) => pool.stop({ timeoutMs: HOUR_MS })))
  return { engine, gateways, sessions, filled, flushed, storm, late, recovered, idle, idleMs: IDLE_MS, forgotten }
}

async function gatewayWith(id: string, names: readonly string[]): Promise<Gateway> {
  const host = memoryHost()
  for (const workspace of names)
    await host.create(`claude-${workspace}`, { workspace, pool: id, createdAt: Date.now() })
  return { host, id }
}

function poolOf({ host, id }: Gateway, uri: string, sessions: number) {
  const { store, whenWritten } = countWritten(keyvStore({ uri, timeoutMs: TIMEOUT_MS }))
  const pool = createSessionPool({
    ...{ host, logger, poolId: id, maxSessions: sessions },
    ...{ livenessIntervalMs: HOUR_MS, cleanupIntervalMs: HOUR_MS },
    metadata: { store, flushIntervalMs: 200, callTimeoutMs: TIMEOUT_MS, attachTimeoutMs: TIMEOUT_MS },
  })
  return { pool, whenWritten }
}

/** Makes a request to every session, and waits until the server has acknowledged all that this changed. */
async function flushAll(fleet: ReadonlyArray<ReturnType<typeof poolOf>>, names: readonly string[]): Promise<void> {
  const written = fleet.map(({ whenWritten }) => whenWritten(names.length))
  for (const { pool } of fleet) {
    for (const name of names) {
      pool.trackRequestStart(name)
      pool.trackRequestComplete(name)
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  await Promise.all(written)
}

/** How many sessions have their records again, of all gateways. */
async function allRecovered(fleet: ReadonlyArray<{ readonly pool: SessionPool }>): Promise<number> {
  return fleet.reduce(
    (sum, { pool }) => sum + pool.listSessions().filter(({ totalRequests }) => totalRequests >= 2).length,
    0,
  )
}
