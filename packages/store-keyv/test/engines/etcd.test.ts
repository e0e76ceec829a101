import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { etcdDriver } from '../../src/engines/etcd.ts'
import { client, type Raw } from '../support/clients.ts'
import { openedStore, rejection, signalIn } from '../support/fixture.ts'
import { keyspace } from '../support/keyspace.ts'
import { leases } from '../support/leases.ts'
import { noRecords } from '../support/no-records.ts'
import { outages } from '../support/outage.ts'
import { paging } from '../support/paging.ts'
import { program } from '../support/prerequisites.ts'
import type { Server } from '../support/server.ts'
import { etcdServer, etcdUri } from '../support/servers.ts'
import { targetOf } from '../support/target-of.ts'

describe.skipIf(!program.etcd)('etcd (needs etcd-server)', () => {
  let server: Server
  let raw: Raw
  const options = () => ({ uri: etcdUri(server.port) })
  beforeAll(async () => {
    server = await etcdServer()
    await server.start()
    raw = await client.etcd(etcdUri(server.port))
  })
  afterAll(async () => {
    await raw?.end()
    await server?.remove()
  })

  keyspace(options)
  paging(() => etcdDriver(targetOf(etcdUri(server.port)), { timeoutMs: 5000, tls: async () => ({}) }))
  noRecords(options, (key, text) => raw.send(key, text))

  leases(options, {
    read: async (key) => String(await raw.send(key)),
    write: (key, text) => raw.send(key, text),
    remove: (key) => raw.send(key, null),
  })

  test('a record above the limit of a transaction fails alone', async () => {
    const store = await openedStore({ ...options(), namespace: 'large' })
    expect(store.capabilities).toEqual({ durability: 'power', retains: true, shared: true, lease: true })
    const records = new Map([
      ...Array.from({ length: 5 }, (_, index) => [`n${index}`, 'x'.repeat(400_000)] as const),
      ['big', 'x'.repeat(1_100_000)] as const,
    ])
    const error = await rejection(store.setMany(records, signalIn()))
    expect([...(error as unknown as { failed: Map<string, unknown> }).failed.keys()]).toEqual(['big'])
    expect((await store.getMany([...records.keys()], signalIn())).size).toBe(5)
  })

  test('a server that dies while it is asked to renew a lease ends the connection, and not the process', async () => {
    const other = await etcdServer()
    const unexpected: unknown[] = []
    const note = (error: unknown) => void unexpected.push(error)
    process.on('unhandledRejection', note).on('uncaughtException', note)
    try {
      await other.start()
      const lost = vi.fn()
      const options = { uri: etcdUri(other.port), leaseMs: 1000 }
      const store = await openedStore(options, { owner: 'gateway', onLost: lost })
      // The renewal that is due within 333 ms is sent and not answered.
      other.freeze()
      await new Promise((resolve) => setTimeout(resolve, 600))
      await other.kill()
      await vi.waitFor(() => expect(lost).toHaveBeenCalledOnce(), 10_000)
      expect(await rejection(store.getMany(['a'], signalIn()))).toMatchObject({ code: 'STORE_CLOSED' })
      expect(unexpected).toEqual([])
    } finally {
      process.off('unhandledRejection', note).off('uncaughtException', note)
      await other.remove()
    }
  })

  outages(etcdServer, (port) => ({ uri: etcdUri(port) }))
})
