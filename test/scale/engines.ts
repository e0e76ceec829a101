import { client, type Raw } from '../../packages/store-keyv/test/support/clients.ts'
import { postgresServer, postgresUri, redisServer, redisUri } from '../../packages/store-keyv/test/support/servers.ts'

/** The servers that are measured. Both keep every acknowledged write over a power cut. */
export const ENGINES = {
  Redis: {
    make: () => redisServer('--appendonly', 'yes', '--appendfsync', 'always', '--maxclients', '10000'),
    uri: redisUri,
    raw: (uri: string): Promise<Raw> => client.redis(uri),
  },
  Postgres: {
    make: () => postgresServer('-c', 'max_connections=1200'),
    uri: postgresUri,
    raw: (uri: string): Promise<Raw> => client.postgres(uri),
  },
} as const

export type EngineName = keyof typeof ENGINES

/** On a busy machine a step of a large fleet takes long, and it is the processor time that is measured, ms. */
export const TIMEOUT_MS = 600_000

/** What to measure. */
export type Order =
  | { readonly engine: 'file'; readonly pools: readonly number[] }
  | { readonly engine: EngineName; readonly gateways: readonly number[]; readonly sessions: number }
