import { program } from './prerequisites.ts'
import type { Server } from './server.ts'
import { etcdServer, etcdUri, postgresServer, postgresUri, redisServer, redisUri } from './servers.ts'

/** A kind of server that the store uses. */
export interface ServerEngine {
  readonly name: string
  /** The package of Debian that has the server. */
  readonly needs: string
  readonly isThere: boolean
  /** Makes a server that does not run yet. */
  readonly make: () => Promise<Server>
  readonly uri: (port: number) => string
}

/** The servers of the three protocols, with their own settings. */
export const ENGINES = {
  redis: {
    ...{ name: 'Redis', needs: 'redis-server', isThere: program.redis !== undefined },
    ...{ make: () => redisServer(), uri: redisUri },
  },
  postgres: {
    ...{ name: 'Postgres', needs: 'postgresql', isThere: program.initdb !== undefined },
    ...{ make: () => postgresServer(), uri: postgresUri },
  },
  etcd: {
    ...{ name: 'etcd', needs: 'etcd-server', isThere: program.etcd !== undefined },
    ...{ make: etcdServer, uri: etcdUri },
  },
} satisfies Record<string, ServerEngine>
