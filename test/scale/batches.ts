import type { MetadataStore } from '@sessionkeep/core'
import { keyvStore } from '@sessionkeep/store-keyv'
import type { Raw } from '../../packages/store-keyv/test/support/clients.ts'
import type { Server } from '../../packages/store-keyv/test/support/server.ts'
import { ENGINES, type EngineName, TIMEOUT_MS } from './engines.ts'
import { ownProcessorMs, processorMsOf } from './server-cost.ts'

const RECORDS = 10_000
const ROUNDS = 7
const quiet = () => undefined
const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet }
const { signal } = new AbortController()

const recordOf = (name: string) => ({
  ...{ sessionName: name, workspace: name, createdAt: Date.now(), lastActivityAt: Date.now(), totalRequests: 42 },
  ...{
    status: 'idle',
    incarnation: 'memory.1',
    pool: 'bench',
    revision: 7,
    run: 'a-run-of-this-process',
    schemaVersion: 1,
  },
})

/** What a batch costs: by the clock, and in processor time of this process and of the server; ms. */
interface Cost {
  readonly clock: number
  readonly client: number
  readonly server: number
}

/**
 * Measures a batch of 10,000 records, in turn with the same texts sent by a raw client: to Redis as 10,000 `SET` in one
 * pipeline, to Postgres as one `INSERT` of 10,000 rows. The store checks its lease in addition, so that a gateway which
 * lost it changes nothing.
 */
export async function measureBatches(engine: EngineName, server: Server): Promise<object> {
  const uri = ENGINES[engine].uri(server.port)
  const raw = await ENGINES[engine].raw(uri)
  const store = keyvStore({ uri, timeoutMs: TIMEOUT_MS })
  await store.open?.({ signal, logger, namespace: 'bench', owner: 'bench' })
  const names = Array.from({ length: RECORDS }, (_, at) => `claude-w${at}`)
  try {
    await rawBatches[engine].prepare(raw)
    const costs = { raw: [] as Cost[], store: [] as Cost[] }
    for (let round = 0; round <= ROUNDS; round += 1) {
      const rawCost = await costOf(server, () => rawBatches[engine].write(raw, names))
      const storeCost = await costOf(server, () => writeTo(store, names))
      // The first round creates the records, and is for warming up.
      if (round === 0) continue
      costs.raw.push(rawCost)
      costs.store.push(storeCost)
    }
    const beside = (part: keyof Cost) =>
      spread(costs.store.map((cost, round) => cost[part] / Math.max(1, costs.raw[round]?.[part] ?? 1)))
    const together = spread(costs.store.map((cost, round) => sum(cost) / Math.max(1, sum(costs.raw[round]))))
    return { raw: medians(costs.raw), store: medians(costs.store), clock: beside('clock'), processor: together }
  } finally {
    await store.close?.()
    await raw.end()
  }
}

const writeTo = (store: MetadataStore, names: readonly string[]) =>
  store.setMany(new Map(names.map((name) => [name, recordOf(name)])), { signal })

const textOf = (name: string): string => JSON.stringify(recordOf(name))

const rawBatches = {
  Redis: {
    prepare: async (_raw: Raw) => undefined,
    // The client sends commands that are given in one turn together, which is a pipeline.
    write: (raw: Raw, names: readonly string[]) =>
      Promise.all(names.map((name) => raw.send('SET', `raw:${name}`, textOf(name)))),
  },
  Postgres: {
    prepare: async (raw: Raw) => {
      await raw.send('CREATE TABLE raw (key VARCHAR(255) PRIMARY KEY, value TEXT)')
    },
    write: (raw: Raw, names: readonly string[]) =>
      raw.send(
        'INSERT INTO raw SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
        names,
        names.map(textOf),
      ),
  },
}

async function costOf(server: Server, write: () => Promise<unknown>): Promise<Cost> {
  const [clock, client, before] = [performance.now(), ownProcessorMs(), processorMsOf(server)]
  await write()
  return {
    clock: performance.now() - clock,
    client: ownProcessorMs() - client,
    server: processorMsOf(server) - before,
  }
}

const sum = (cost: Cost | undefined): number => (cost ? cost.client + cost.server : 0)

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN

const spread = (ratios: readonly number[]) => ({
  median: median(ratios),
  low: Math.min(...ratios),
  high: Math.max(...ratios),
})

const medians = (costs: readonly Cost[]): Cost => ({
  clock: median(costs.map(({ clock }) => clock)),
  client: median(costs.map(({ client }) => client)),
  server: median(costs.map(({ server }) => server)),
})
