import { describe } from 'vitest'
import { client } from '../support/clients.ts'
import { program } from '../support/prerequisites.ts'
import { serverSuite } from '../support/server-suite.ts'
import { etcdServer, etcdUri } from '../support/servers.ts'

describe.skipIf(!program.etcd)('etcd (needs etcd-server)', () => {
  serverSuite('keyv with etcd', {
    make: etcdServer,
    uri: etcdUri,
    connect: client.etcd,
    put: (raw, key, text) => raw.send(key, text),
  })
})
