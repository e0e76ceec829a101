import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { etcdDriver } from '../../src/engines/etcd.ts'
import { client, type Raw } from '../support/clients.ts'
import { contextOf, namesOf, openedStore, rejection, signalIn } from '../support/fixture.ts'
import { keyspace } from '../support/keyspace.ts'
import { leases } from '../support/leases.ts'
import { noRecords } from '../support/no-records.ts'
import { outages } from '../support/outage.ts'
import { paging } from '../support/paging.ts'
import { program } from '../support/prerequisites.ts'
import { proxyTo } from '../support/proxy.ts'
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

  test('a text that is not UTF-8 is an unreadable record', async () => {
    const store = await openedStore({ ...options(), namespace: 'bytes' })
    await store.setMany(new Map([['good', { sign: '\ufffd é' }]]), signalIn())
    await raw.send('bytes:-:bad', Buffer.from('{"value":"caf\xe9"}', 'latin1'))
    const error = await rejection(store.getMany(['bad', 'good'], signalIn()))
    const { failed, values } = error as unknown as { failed: Map<string, Error>; values: Map<string, unknown> }
    expect([...failed.keys()]).toEqual(['bad'])
    expect(values).toEqual(new Map([['good', { sign: '\ufffd é' }]]))
  })

  test('a lease that was copied from another server, where nothing lets it expire, is taken over', async () => {
    const holder = { pid: 1, host: 'elsewhere', owner: 'gateway', since: new Date(0).toISOString(), leaseMs: 1500 }
    await raw.send('copied%lease:-:gateway', JSON.stringify({ ...holder, kernel: 'another', token: 'x' }))
    const store = await openedStore({ ...options(), namespace: 'copied' }, { owner: 'gateway' })
    await store.setMany(new Map([['a', 1]]), signalIn())
  })

  /** Moves the connection to a server with an older copy, and returns what the store tells of it. */
  async function moveToOlderCopy(how: string): Promise<{ message?: string }> {
    const [first, second] = [await etcdServer(), await etcdServer()]
    onTestFinished(async () => void (await Promise.all([first.remove(), second.remove()])))
    await first.start()
    await second.start()
    await second.kill()
    second.empty()
    const proxy = await proxyTo(first.port)
    onTestFinished(() => proxy.close())
    const lost = vi.fn()
    const store = await openedStore({ uri: etcdUri(proxy.port) }, { owner: 'gateway', onLost: lost })
    await store.setMany(new Map([['a', 1]]), signalIn())
    first.freeze()
    execFileSync('cp', ['-a', first.directory, second.directory])
    first.thaw()
    await second.start()
    await store.setMany(new Map([['a', 2]]), signalIn())
    proxy.moveTo(second.port)
    proxy.drop()
    // The client has to notice that its connection has ended, or its next call fails.
    await new Promise((resolve) => setTimeout(resolve, 200))
    if (how === 'a call') await rejection(store.setMany(new Map([['b', 3]]), signalIn()))
    await vi.waitFor(() => expect(lost).toHaveBeenCalledOnce(), 15_000)
    await store.close?.()
    await store.open?.(contextOf({ owner: 'gateway' }))
    expect((await store.getMany(['a'], signalIn())).get('a')).toBe(1)
    return lost.mock.calls[0]?.[0]
  }

  test.each(['a call', 'no call'])(
    'a server that took over with an older copy is noticed, with %s, so that what it lost is found',
    async (how) => {
      // On a busy machine a call may come before the client has noticed that its connection has ended. That is told, too.
      for (let attempt = 1; ; attempt += 1) {
        const { message } = await moveToOlderCopy(how)
        if (attempt === 5 || !message?.startsWith('Could not use')) {
          expect(message).toContain('older copy')
          break
        }
      }
    },
  )

  test('a server that takes fewer operations in a transaction is written and read', async () => {
    const other = await etcdServer('--max-txn-ops', '20')
    onTestFinished(() => other.remove())
    await other.start()
    const store = await openedStore({ uri: etcdUri(other.port) }, { owner: 'gateway' })
    const records = new Map(Array.from({ length: 100 }, (_, at) => [`n${at}`, at]))
    await store.setMany(records, signalIn())
    expect(await store.getMany([...records.keys()], signalIn())).toEqual(records)
    await store.setAside?.(['n0', 'n1'], signalIn())
    await store.deleteMany([...records.keys()], signalIn())
    expect(await namesOf(store)).toEqual([])
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
