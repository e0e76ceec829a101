import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { redisDriver } from '../../src/engines/redis.ts'
import { reads, type Send } from '../../src/engines/redis-commands.ts'
import { client, type Raw } from '../support/clients.ts'
import { contextOf, logged, madeStore, namesOf, openedStore, rejection, signalIn } from '../support/fixture.ts'
import { keyspace } from '../support/keyspace.ts'
import { leases, staleLeases } from '../support/leases.ts'
import { noRecords } from '../support/no-records.ts'
import { outages, wrongLogin } from '../support/outage.ts'
import { paging } from '../support/paging.ts'
import { program } from '../support/prerequisites.ts'
import type { Server } from '../support/server.ts'
import { redisServer, redisUri } from '../support/servers.ts'
import { targetOf } from '../support/target-of.ts'

describe.skipIf(!program.redis)('Redis (needs redis-server)', () => {
  let server: Server
  let raw: Raw
  const options = () => ({ uri: redisUri(server.port), timeoutMs: 30_000 })
  beforeAll(async () => {
    server = await redisServer()
    await server.start()
    raw = await client.redis(redisUri(server.port))
  })
  afterAll(async () => {
    await raw?.end()
    await server?.remove()
  })

  keyspace(options)
  paging(() => redisDriver(targetOf(redisUri(server.port)), { timeoutMs: 5000, tls: async () => ({}) }))
  noRecords(options, (key, text) => raw.send('SET', key, text))
  wrongLogin((login) => ({ uri: redisUri(server.port, login) }))

  leases(options, {
    read: async (key) => String(await raw.send('GET', key)),
    write: (key, text) => raw.send('SET', key, text, 'KEEPTTL'),
    remove: (key) => raw.send('DEL', key),
  })

  staleLeases(options, (key, text) => raw.send('SET', key, `${text} 7`, 'EX', '3600'))

  test('a server that took over with an older copy does not have the lease, so that the lost writes are noticed', async () => {
    const store = await openedStore({ ...options(), namespace: 'copied' }, { owner: 'gateway' })
    await store.setMany(new Map([['a', 1]]), signalIn())
    const keys = ['copied:-:a', 'copied%lease:-:gateway']
    const copies = await Promise.all(keys.map((key) => raw.send('GET', key)))
    await store.setMany(new Map([['a', 2]]), signalIn())
    await raw.send('MSET', ...keys.flatMap((key, at) => [key, String(copies[at])]))
    expect(await rejection(store.setMany(new Map([['b', 3]]), signalIn()))).toMatchObject({ retryable: true })
    await store.close?.()
    await store.open?.(contextOf({ owner: 'gateway' }))
    expect(await store.getMany(['a', 'b'], signalIn())).toEqual(new Map([['a', 1]]))
  })

  test('a warning names records that were written through a Keyv instance, if nothing else is stored', async () => {
    await raw.send('SET', 'keyv::keyv:moved:-:a', '{"value":{}}')
    for (const namespace of ['fresh', 'moved']) {
      const store = await openedStore({ ...options(), namespace })
      expect(await namesOf(store)).toEqual([])
    }
    await vi.waitFor(() => expect(logged.join()).toContain('STORE_KEYV_NAMESPACE'))
    expect(logged.join()).toContain('keyv::keyv:moved:-:*')
    expect(logged.join()).not.toContain('fresh')
  })

  test('a batch of any size is written, moved and deleted under the lease', async () => {
    const store = await openedStore({ ...options(), namespace: 'large' }, { owner: 'gateway' })
    const names = Array.from({ length: 9000 }, (_, at) => `n${at}`)
    await store.setMany(new Map(names.map((name) => [name, 1])), signalIn())
    expect(await namesOf(store)).toHaveLength(9000)
    await store.setAside?.(names.slice(0, 4500), signalIn())
    await store.deleteMany(names, signalIn())
    expect(await namesOf(store)).toEqual([])
  })

  test('a key of another type is an unreadable record, not an absent one', async () => {
    const store = await openedStore({ ...options(), namespace: 'types' })
    await raw.send('LPUSH', 'types:-:listed', 'x')
    const error = await rejection(store.getMany(['listed', 'absent'], signalIn()))
    expect([...(error as unknown as { failed: Map<string, unknown> }).failed.keys()]).toEqual(['listed'])
  })

  test.each([
    ['is read when it is a text again', ['SET', 'flip', 'later'], 'later'],
    ['is unreadable while it has the other type', undefined, undefined],
    ['is unreadable when it is too large by then', ['SETRANGE', 'flip', '40000000', 'x'], undefined],
    ['is absent once it was removed', [], null],
  ] as const)('a key whose type changes between two questions of one read %s', async (_, last, expected) => {
    await raw.send('SET', 'flip', 'text')
    let isFirst = true
    const send: Send = async <T>(command = '', ...args: readonly string[]) => {
      const isFlipped = isFirst && command === 'MGET'
      if (isFlipped) {
        isFirst = false
        await raw.send('DEL', 'flip')
        await raw.send('RPUSH', 'flip', 'x')
      }
      const answer = await raw.send(command, ...args)
      if (isFlipped && last) {
        await raw.send('DEL', 'flip')
        const [change, ...of] = last
        if (change) await raw.send(change, ...of)
      }
      return answer as T
    }
    const found = await reads(send).get(['flip'])
    expect(found).toEqual(new Map(expected === null ? [] : [['flip', expected]]))
    await raw.send('DEL', 'flip')
  })

  test('a value of many megabytes is never fetched, and the other records are read', async () => {
    const store = await openedStore({ ...options(), namespace: 'huge' })
    await store.setMany(new Map([['small', 1]]), signalIn())
    await raw.send('SETRANGE', 'huge:-:large', '40000000', 'x')
    await raw.send('SET', 'huge:-:empty', '')
    const sent = async () => Number(/total_net_output_bytes:(\d+)/.exec(String(await raw.send('INFO', 'stats')))?.[1])
    const before = await sent()
    const { failed, values } = (await rejection(
      store.getMany(['large', 'small', 'empty', 'absent'], signalIn()),
    )) as unknown as { failed: Map<string, unknown>; values: Map<string, unknown> }
    expect([...failed.keys()].toSorted()).toEqual(['empty', 'large'])
    expect(values).toEqual(new Map([['small', 1]]))
    expect((await sent()) - before).toBeLessThan(1_000_000)
  })

  test('values that are larger than any record are not fetched, however many they are', async () => {
    const store = await openedStore({ ...options(), namespace: 'many', timeoutMs: 60_000 })
    const fill = "for i=1,20 do redis.call('SET','many:-:n'..i,string.rep('x',2000000)) end"
    await raw.send('EVAL', fill, '0')
    await raw.send('CONFIG', 'RESETSTAT')
    const names = Array.from({ length: 20 }, (_, at) => `n${at + 1}`)
    const error = await rejection(store.getMany(names, signalIn()))
    expect((error as unknown as { failed: Map<string, Error> }).failed.size).toBe(20)
    expect(Number(/total_net_output_bytes:(\d+)/.exec(String(await raw.send('INFO', 'stats')))?.[1])).toBeLessThan(1e6)
  })

  test('a record with a replacement character is readable while it is written, with another size each time', async () => {
    const writer = await openedStore({ ...options(), namespace: 'sizes' })
    const reader = await openedStore({ ...options(), namespace: 'sizes' }, { readOnly: true })
    const names = Array.from({ length: 20 }, (_, at) => `n${at}`)
    const write = (at: number) =>
      writer.setMany(new Map(names.map((name) => [name, `\ufffd${'x'.repeat(at % 50)}${at}`])), signalIn())
    await write(0)
    let isOver = false
    const writing = (async () => {
      for (let at = 1; !isOver; at += 1) await write(at)
    })()
    try {
      for (let at = 0; at < 50; at += 1) expect((await reader.getMany(names, signalIn())).size).toBe(20)
    } finally {
      isOver = true
      await writing
    }
  })

  test('a text that is not UTF-8 is an unreadable record, and is set aside as it was', async () => {
    const store = await openedStore({ ...options(), namespace: 'bytes' })
    await store.setMany(new Map([['good', { sign: '\ufffd é' }]]), signalIn())
    await raw.send('EVAL', `redis.call('SET', 'bytes:-:bad', '{"value":"caf\\233"}')`, '0')
    const error = await rejection(store.getMany(['bad', 'good'], signalIn()))
    const { failed, values } = error as unknown as { failed: Map<string, Error>; values: Map<string, unknown> }
    expect([...failed.keys()]).toEqual(['bad'])
    expect(values).toEqual(new Map([['good', { sign: '\ufffd é' }]]))
    await store.setAside?.(['bad'], signalIn())
    const moved = "return redis.call('STRLEN', redis.call('KEYS', 'bytes%aside:*')[1])"
    expect(await raw.send('EVAL', moved, '0')).toBe('{"value":"caf?"}'.length)
  })

  test('a list under the key of the lease locks the store, and the error names the key', async () => {
    await raw.send('LPUSH', 'listed%lease:-:gateway', 'x')
    const error = await rejection(
      madeStore({ ...options(), namespace: 'listed' }).open?.(contextOf({ owner: 'gateway' })),
    )
    expect(error).toMatchObject({ code: 'STORE_LOCKED' })
    expect(error.message).toContain('remove the key "listed%lease:-:gateway"')
  })

  test('a value of many megabytes under the key of the lease is never fetched, and the error names the key', async () => {
    const sent = async () => Number(/total_net_output_bytes:(\d+)/.exec(String(await raw.send('INFO', 'stats')))?.[1])
    const given = { ...options(), namespace: 'large', timeoutMs: 60_000 }
    const store = await openedStore(given, { owner: 'gateway' })
    await raw.send('SETRANGE', 'large%lease:-:gateway', '40000000', 'x')
    const before = await sent()
    // The beat of the connection may find it first.
    const refused = await rejection(store.setMany(new Map([['a', 1]]), signalIn()))
    expect(refused.code === 'STORE_CLOSED' ? refused.cause : refused).toMatchObject({ code: 'STORE_LOCKED' })
    const error = await rejection(madeStore(given).open?.(contextOf({ owner: 'gateway' })))
    expect(error).toMatchObject({ code: 'STORE_LOCKED' })
    expect(error.message).toContain('remove the key "large%lease:-:gateway"')
    expect((await sent()) - before).toBeLessThan(1_000_000)
  })

  test('records of many megabytes together are fetched in several answers', async () => {
    const store = await openedStore({ ...options(), namespace: 'portions', timeoutMs: 60_000 })
    const records = new Map(Array.from({ length: 20 }, (_, at) => [`n${at}`, 'x'.repeat(900_000)]))
    await store.setMany(records, signalIn(60_000))
    await raw.send('CONFIG', 'RESETSTAT')
    expect(await store.getMany([...records.keys()], signalIn(60_000))).toEqual(records)
    expect(String(await raw.send('INFO', 'commandstats'))).toContain('cmdstat_mget:calls=2,')
  })

  test('a batch is one command, and KEYS is never sent', async () => {
    const store = await openedStore({ ...options(), namespace: 'counted' })
    await raw.send('CONFIG', 'RESETSTAT')
    const names = Array.from({ length: 500 }, (_, index) => `n${index}`)
    await store.setMany(new Map(names.map((name) => [name, {}])), signalIn())
    await store.getMany(names, signalIn())
    await namesOf(store)
    await store.deleteMany(names, signalIn())
    const stats = String(await raw.send('INFO', 'commandstats'))
    const calls = Object.fromEntries(
      [...stats.matchAll(/cmdstat_(\w+):calls=(\d+)/g)].map(([, name, count]) => [name, Number(count)]),
    )
    expect(calls).toMatchObject({ mset: 1, strlen: 500, mget: 1, del: 1 })
    expect(Object.keys(calls).filter((name) => /^(keys|flush|get|set$|type)/.test(name))).toEqual([])
  })

  test.each([
    [['--appendonly', 'yes', '--appendfsync', 'always'], 'power'],
    [['--appendonly', 'yes', '--appendfsync', 'everysec'], 'process'],
    [['--appendonly', 'yes', '--appendfsync', 'always', '--no-appendfsync-on-rewrite', 'yes'], 'process'],
    [['--appendonly', 'no'], 'process'],
    [['--appendonly', 'yes', '--appendfsync', 'always', '--rename-command', 'CONFIG', ''], 'process'],
    [['--rename-command', 'CONFIG', '', '--rename-command', 'INFO', ''], 'none'],
  ])('with %j the declared durability is %s', async (settings, durability) => {
    const own = await redisServer(...settings)
    try {
      await own.start()
      const store = madeStore({ uri: redisUri(own.port) })
      expect(store.capabilities).toEqual({ durability: 'process', retains: true, shared: true, lease: true })
      const opened = await openedStore({ uri: redisUri(own.port) })
      expect(opened.capabilities.durability).toBe(durability)
      expect(logged.join().includes('neither INFO nor CONFIG GET')).toBe(durability === 'none')
    } finally {
      await own.remove()
    }
  })

  outages(redisServer, (port) => ({ uri: redisUri(port) }))
})
