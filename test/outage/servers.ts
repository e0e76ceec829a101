import { ENGINES as SERVERS } from '../../packages/store-keyv/test/support/engines.ts'
import { postgresServer, redisServer } from '../../packages/store-keyv/test/support/servers.ts'

/** The servers under test. They keep acknowledged writes after a kill, and their speed does not depend on a busy disk. */
export const ENGINES = {
  Redis: { ...SERVERS.redis, make: () => redisServer('--appendonly', 'yes', '--appendfsync', 'always') },
  Postgres: { ...SERVERS.postgres, make: () => postgresServer('-c', 'fsync=off') },
} as const

export type EngineName = keyof typeof ENGINES
export const ENGINE_NAMES = Object.keys(ENGINES) as readonly EngineName[]
