import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MetadataStore } from '@sessionkeep/core'
import { program } from '../../packages/store-keyv/test/support/prerequisites.ts'
import type { Server } from '../../packages/store-keyv/test/support/server.ts'
import {
  etcdServer,
  etcdUri,
  postgresServer,
  postgresUri,
  redisServer,
  redisUri,
} from '../../packages/store-keyv/test/support/servers.ts'
import { bareSafeWrite, costOf } from './cost.ts'
import { STORES, type StoreFact } from './facts.ts'

export const COSTS_TITLES = ['`store`', 'keeps here', 'one record', '500 at once', 'reading 500']
export const BARE = 'a bare safe write'

const SERVERS = {
  redis: {
    found: program.redis,
    start: () => redisServer('--appendonly', 'yes', '--appendfsync', 'always'),
    uri: redisUri,
  },
  postgres: { found: program.postgres, start: postgresServer, uri: postgresUri },
  etcd: { found: program.etcd, start: etcdServer, uri: etcdUri },
} as const

/** Measures every store that can be had here, each on its own ground; takes about a minute. */
export async function costsTable(): Promise<string[][]> {
  const directory = mkdtempSync(join(tmpdir(), 'sk-costs-'))
  try {
    const bare = await bareSafeWrite(join(directory, 'bare'))
    const rows: string[][] = []
    for (const [at, fact] of STORES.entries()) rows.push(await measured(fact, join(directory, String(at))))
    return [COSTS_TITLES, ...rows, [BARE, 'a power cut', shown(bare), '–', '–']]
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function measured(fact: StoreFact, directory: string): Promise<string[]> {
  const kind = fact.server && SERVERS[fact.server]
  const server: Server | undefined = kind?.found ? await kind.start() : undefined
  try {
    mkdirSync(directory)
    await server?.start()
    const store = fact.make(directory, server && kind?.uri(server.port))
    return [fact.title, ...(await figuresOf(store))]
  } catch (error) {
    console.error(`${fact.title} was not measured: ${error}`)
    return [fact.title, 'not measured', '–', '–', '–']
  } finally {
    await server?.remove()
  }
}

async function figuresOf(store: MetadataStore): Promise<string[]> {
  const { signal } = new AbortController()
  await store.open?.({ signal, logger: console })
  try {
    const { one, batch, read } = await costOf(store)
    const survives = { none: 'nothing', process: 'a kill', power: 'a power cut' }[store.capabilities.durability]
    return [survives, shown(one), shown(batch), shown(read)]
  } finally {
    await store.close?.()
  }
}

function shown(ms: number): string {
  return ms < 0.1 ? '< 0.1 ms' : `${ms.toFixed(ms < 10 ? 1 : 0)} ms`
}
