import { program } from '../../packages/store-keyv/test/support/prerequisites.ts'
import { postgresServer, postgresUri, redisServer, redisUri } from '../../packages/store-keyv/test/support/servers.ts'

/** The servers whose outages are tried: they keep what they acknowledged when they are killed, and wait for no disk that others keep busy. */
export const ENGINES = {
  Redis: {
    isThere: program.redis !== undefined,
    make: () => redisServer('--appendonly', 'yes', '--appendfsync', 'always'),
    uri: redisUri,
  },
  Postgres: {
    isThere: program.postgres !== undefined && program.initdb !== undefined,
    make: () => postgresServer('-c', 'fsync=off'),
    uri: postgresUri,
  },
} as const

export type EngineName = keyof typeof ENGINES
export const ENGINE_NAMES = Object.keys(ENGINES) as readonly EngineName[]
