import { describe } from 'vitest'
import { client } from '../support/clients.ts'
import { program } from '../support/prerequisites.ts'
import { serverSuite } from '../support/server-suite.ts'
import { postgresServer, postgresUri } from '../support/servers.ts'

describe.skipIf(!program.postgres || !program.initdb)('Postgres (needs postgresql)', () => {
  serverSuite('keyv with Postgres', {
    make: postgresServer,
    uri: postgresUri,
    connect: client.postgres,
    put: (raw, key, text) => raw.send('UPDATE keyv SET value = $2 WHERE key = $1', key, text),
  })
})
