import { program } from '../../packages/store-keyv/test/support/prerequisites.ts'
import { postgresServer, postgresUri, redisServer, redisUri } from '../../packages/store-keyv/test/support/servers.ts'

/** The servers under test. They keep acknowledged writes after a kill, and their speed does not depend on a busy disk. */
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
