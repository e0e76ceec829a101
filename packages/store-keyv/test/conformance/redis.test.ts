import { describe } from 'vitest'
import { client } from '../support/clients.ts'
import { program } from '../support/prerequisites.ts'
import { serverSuite } from '../support/server-suite.ts'
import { redisServer, redisUri, valkeyServer } from '../support/servers.ts'

const SAFE = ['--appendonly', 'yes', '--appendfsync', 'always']
const SERVERS = [
  { name: 'Redis', make: () => redisServer(...SAFE), uri: redisUri },
  // Debian 12 has no package of Valkey, so its absence skips nothing.
  ...(program.valkey
    ? [
        {
          name: 'Valkey',
          make: () => valkeyServer(...SAFE),
          uri: (port: number) => redisUri(port).replace('redis:', 'valkey:'),
        },
      ]
    : []),
]

describe.skipIf(!program.redis).each(SERVERS)('$name (needs redis-server)', ({ name, make, uri }) => {
  serverSuite(`keyv with ${name}`, {
    ...{ make, uri },
    connect: (address) => client.redis(address.replace('valkey:', 'redis:')),
    put: (raw, key, text) => raw.send('SET', key, text),
  })
})
