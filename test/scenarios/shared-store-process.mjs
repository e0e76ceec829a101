// A gateway with many sessions on a store that other gateways use, too. Each line of its input is a command.
import { createInterface } from 'node:readline'
import { createSessionPool } from '@sessionkeep/core'
import { memoryHost } from '@sessionkeep/core/testing'
import { keyvStore } from '@sessionkeep/store-keyv'

const { uri, namespace, poolId, sessions } = JSON.parse(process.argv[2] ?? '{}')
const workspaces = Array.from({ length: sessions }, (_, index) => `w${index}`)
const host = memoryHost()
const make = (orphanTtlMs) =>
  createSessionPool({
    host,
    poolId,
    maxSessions: sessions,
    orphanTtlMs,
    cleanupIntervalMs: 100,
    livenessIntervalMs: 200,
    metadata: {
      store: keyvStore({ uri, namespace }),
      flushIntervalMs: 100,
      attachTimeoutMs: 60_000,
      callTimeoutMs: 60_000,
      ackTimeoutMs: 60_000,
    },
  })
let pool = make(3_600_000)

const atRest = async () => {
  const { effective, stores } = pool.persistence()
  if (effective.reason === 'ok' && stores.every(({ dirty }) => dirty === 0)) return
  await new Promise((resolve) => setTimeout(resolve, 50))
  await atRest()
}

const orders = {
  async create() {
    await pool.start()
    await Promise.all(workspaces.map((workspace) => pool.getOrCreateSession(workspace)))
  },
  async serve() {
    for (const { workspace } of pool.listSessions()) await pool.withRequest(workspace, () => undefined)
  },
  /** Ends every second session while no pool runs; the next pool lets their records expire at once. */
  async lose() {
    await pool.stop()
    const lost = (await host.list()).filter((_, index) => index % 2 === 0)
    for (const session of lost) await host.kill(session)
    pool = make(1)
    await pool.start()
  },
  terminate: () => pool.terminate(),
  stop: () => pool.stop(),
}

for await (const order of createInterface(process.stdin)) {
  const answer = await orders[order]()
  if (order !== 'terminate' && order !== 'stop') await atRest()
  const { orphaned, foreign } = order === 'stop' || order === 'terminate' ? {} : await pool.discoverExistingSessions()
  const totals = pool.listSessions().map(({ totalRequests }) => totalRequests)
  const fields = { sessions: totals.length, fewest: Math.min(...totals), most: Math.max(...totals), orphaned, foreign }
  process.stdout.write(`${JSON.stringify({ ...fields, terminated: answer?.terminated?.length })}\n`)
}
