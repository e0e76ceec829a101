import { describe } from 'vitest'
import { client } from '../support/clients.ts'
import { program } from '../support/prerequisites.ts'
import { serverSuite } from '../support/server-suite.ts'
import { redisServer, redisUri } from '../support/servers.ts'

describe.skipIf(!program.redis)('Redis (needs redis-server)', () => {
  serverSuite('keyv with Redis', {
    make: () => redisServer('--appendonly', 'yes', '--appendfsync', 'always'),
    uri: redisUri,
    connect: client.redis,
    put: (raw, key, text) => raw.send('SET', key, text),
  })
})
