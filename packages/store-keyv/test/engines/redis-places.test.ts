import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { connect, createServer } from 'node:net'
import { createSessionPool, type SessionPool } from '@sessionkeep/core'
import { memoryHost } from '@sessionkeep/core/testing'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { freePort } from '../../../../test/support/free-port.ts'
import { type AdapterLike, type KeyvStoreOptions, keyvStore } from '../../src/index.ts'
import { client } from '../support/clients.ts'
import { contextOf, madeStore, namesOf, openedStore, rejection, signalIn } from '../support/fixture.ts'
import { program } from '../support/prerequisites.ts'
import { ask, certificates, clusterSetup, plainRedis, sentinelSetup } from '../support/redis-places.ts'
import { serverOf } from '../support/server.ts'

const { default: KeyvRedis, createCluster } = createRequire(import.meta.url)('@keyv/redis') as {
  default: new (client: object) => AdapterLike
  createCluster(options: object): object
}

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const WORKSPACES = ['one', 'two', 'three']
const LONG = { timeout: 30_000, interval: 100 }

const pools: SessionPool[] = []
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.stop()))
})

/** A pool with three sessions, five requests each, all saved. */
async function poolOn(options: KeyvStoreOptions, host = memoryHost(), poolId = 'a') {
  const metadata = { store: keyvStore(options), flushIntervalMs: 50, maxRetryMs: 500, lockRetryMs: 100 }
  const pool = createSessionPool({ host, poolId, logger: silent, metadata })
  pools.push(pool)
  await pool.start()
  return pool
}

async function work(pool: SessionPool): Promise<void> {
  for (const workspace of WORKSPACES) {
    await pool.getOrCreateSession(workspace)
    for (let at = 0; at < 5; at += 1) await pool.withRequest(workspace, () => undefined)
  }
}

/** Every session is acknowledged by the store that is there now. */
const allSaved = (pool: SessionPool) =>
  vi.waitFor(async () => {
    for (const workspace of WORKSPACES) await pool.saveSessionMetadata(workspace)
    expect(pool.persistence()).toMatchObject({ effective: { reason: 'ok' }, saved: WORKSPACES.length })
  }, LONG)

/** `npm run campaign:failover` prints how long each failover took, from its cause until every session was acknowledged again. */
async function afterFailover(
  what: string,
  pool: SessionPool,
  cause: () => Promise<unknown> | undefined,
): Promise<void> {
  const started = performance.now()
  await cause()
  await work(pool)
  await allSaved(pool)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  if (process.env.SESSIONKEEP_CAMPAIGN === 'failover') console.log(`${what}: saved again after ${seconds} s`)
}

/** What a next gateway reads. */
async function readAgain(options: KeyvStoreOptions, host: ReturnType<typeof memoryHost>, poolId = 'a') {
  await Promise.all(pools.splice(0).map((pool) => pool.stop()))
  const next = await poolOn(options, host, poolId)
  await vi.waitFor(() => expect(next.persistence().effective.reason).toBe('ok'), LONG)
  return next
    .listSessions()
    .map(({ workspace, totalRequests }) => `${workspace}=${totalRequests}`)
    .sort()
}

describe.skipIf(!program.redis)('Redis Sentinel (needs redis-server)', () => {
  let setup: Awaited<ReturnType<typeof sentinelSetup>>
  beforeAll(async () => {
    setup = await sentinelSetup()
  }, 60_000)
  afterAll(() => setup?.remove())

  test('a planned failover, a master that is killed, and one that is frozen: the pool saves on the new master, and nothing is lost', async () => {
    const options = { uri: setup.uri, timeoutMs: 2000 }
    const host = memoryHost()
    const pool = await poolOn(options, host)
    await work(pool)
    await allSaved(pool)
    await afterFailover('Sentinel, planned failover', pool, async () => {
      await setup.failover()
      await vi.waitFor(async () => expect(await ask(setup.replica.port, 'ROLE')).toContain('master'), LONG)
    })
    expect(await ask(setup.replica.port, 'EXISTS', 'sessionkeep:a:claude-one')).toBe(1)
    await vi.waitFor(async () => expect(await ask(setup.master.port, 'ROLE')).toContain('connected'), LONG)
    await afterFailover('Sentinel, master killed', pool, async () => {
      await setup.replica.kill()
      await vi.waitFor(async () => expect(await ask(setup.master.port, 'ROLE')).toContain('master'), LONG)
    })
    await setup.replica.start()
    await vi.waitFor(async () => expect(await ask(setup.replica.port, 'ROLE')).toContain('connected'), LONG)
    await afterFailover('Sentinel, master frozen', pool, async () => {
      setup.master.freeze()
      await vi.waitFor(async () => expect(await ask(setup.replica.port, 'ROLE')).toContain('master'), LONG)
    })
    setup.master.thaw()
    expect(await readAgain(options, host)).toEqual(['one=20', 'three=20', 'two=20'])
  }, 150_000)

  test('a name that no sentinel knows is a misconfiguration', async () => {
    const uri = setup.uri.replace('/main', '/other')
    expect(await rejection(madeStore({ uri }).open?.(contextOf()))).toMatchObject({
      code: 'STORE_MISCONFIGURED',
      message: expect.stringContaining('"other"'),
    })
  })
})

describe.skipIf(!program.redis)('Redis Cluster (needs redis-server)', () => {
  let setup: Awaited<ReturnType<typeof clusterSetup>>
  beforeAll(async () => {
    setup = await clusterSetup()
  }, 150_000)
  afterAll(() => setup?.remove())
  const KEY = '{sessionkeep:c}:claude-one'

  test('the URI of a single server is refused for a node, and the message says what to write', async () => {
    const uri = `redis://127.0.0.1:${setup.nodes[0]?.port}`
    expect(await rejection(madeStore({ uri }).open?.(contextOf()))).toMatchObject({
      code: 'STORE_MISCONFIGURED',
      message: expect.stringContaining('redis+cluster://'),
    })
  })

  test('when no host of the URI answers any more, the store is opened again by the nodes that it knows', async () => {
    const port = await freePort()
    const { port: node = 0 } = setup.nodes[0] ?? {}
    const host = createServer((from) => {
      const to = connect(node, '127.0.0.1')
      for (const socket of [from, to]) socket.on('error', () => undefined)
      from.pipe(to).pipe(from)
    }).listen(port, '127.0.0.1')
    await once(host, 'listening')
    const store = await openedStore({ uri: `redis+cluster://127.0.0.1:${port}`, namespace: 'remembered' })
    await store.close?.()
    host.close()
    await once(host, 'close')
    await store.open?.(contextOf())
    expect(await namesOf(store)).toEqual([])
  })

  test('records are written, listed, moved aside and deleted, whatever braces are in the names', async () => {
    const store = await openedStore({ uri: setup.uri, namespace: 'a}{b' }, { namespace: '}x{', owner: 'me{' })
    await store.setMany(
      new Map([
        ['a{', 1],
        ['}b', 2],
        ['c', 3],
      ]),
      signalIn(),
    )
    await store.setAside?.(['a{'], signalIn())
    await store.deleteMany(['c'], signalIn())
    expect(await namesOf(store)).toEqual(['}b'])
    expect(await store.getMany(['a{', '}b', 'c'], signalIn())).toEqual(new Map([['}b', 2]]))
  })

  test('a slot that moves to another node, a node that is killed, and one that is frozen: the pool follows, and nothing is lost', async () => {
    const options = { uri: setup.uri, timeoutMs: 2000 }
    const host = memoryHost()
    const pool = await poolOn(options, host, 'c')
    const adapter = new KeyvRedis(
      createCluster({ rootNodes: setup.nodes.map(({ port }) => ({ url: `redis://127.0.0.1:${port}` })) }),
    )
    const other = await poolOn({ adapter, shared: true, timeoutMs: 2000 }, memoryHost(), 'adapter')
    for (const each of [pool, other]) {
      await work(each)
      await allSaved(each)
    }
    await setup.moveSlot('sessionkeep:adapter:claude-one')
    await afterFailover('Cluster, slot moved', pool, () => setup.moveSlot(KEY))
    await afterFailover('Cluster by an adapter, slot moved', other, () => undefined)
    const owner = await setup.portOf(setup.nodes[0]?.port ?? 0, KEY)
    const holder = setup.nodes.find(({ port }) => port === owner.port)
    await afterFailover('Cluster, master killed', pool, () => holder?.kill())
    await afterFailover('Cluster by an adapter, a node killed', other, () => undefined)
    const running = setup.nodes.filter(({ port }) => port !== owner.port)
    const next = await setup.portOf(running[0]?.port ?? 0, KEY)
    const frozen = running.find(({ port }) => port === next.port)
    await holder?.start()
    await vi.waitFor(async () => expect(await ask(owner.port, 'ROLE')).toContain('connected'), LONG)
    await afterFailover('Cluster, master frozen', pool, async () => frozen?.freeze())
    await afterFailover('Cluster by an adapter, a node frozen', other, () => undefined)
    frozen?.thaw()
    expect(await readAgain(options, host, 'c')).toEqual(['one=20', 'three=20', 'two=20'])
  }, 150_000)
})

describe.skipIf(!program.redis)('Redis with TLS (needs redis-server and openssl)', () => {
  test('a certificate of an own authority, and one of the client, are given by path or as text', async () => {
    const pems = certificates()
    const server = await serverOf({
      argv: (directory, port) => [
        ...[program.redis ?? '', '--port', '0', '--tls-port', `${port}`, '--bind', '127.0.0.1', '--dir', directory],
        ...['--tls-cert-file', pems.path('server.pem'), '--tls-key-file', pems.path('server.key')],
        ...['--tls-ca-cert-file', pems.path('ca.pem'), '--save', ''],
      ],
      async probe(port) {
        const store = keyvStore({ uri: `rediss://127.0.0.1:${port}`, ...paths })
        await store.open?.(contextOf())
        await store.close?.()
      },
    })
    const paths = { tlsCa: pems.path('ca.pem'), tlsCert: pems.path('client.pem'), tlsKey: pems.path('client.key') }
    try {
      await server.start()
      const uri = `rediss://127.0.0.1:${server.port}`
      const texts = Object.fromEntries(Object.entries(paths).map(([key, path]) => [key, readFileSync(path, 'utf8')]))
      for (const given of [paths, texts]) {
        const store = await openedStore({ uri, ...given })
        await store.setMany(new Map([['a', 1]]), signalIn())
        expect(await store.getMany(['a'], signalIn())).toEqual(new Map([['a', 1]]))
      }
      expect(await rejection(madeStore({ uri }).open?.(contextOf()))).toMatchObject({ code: 'STORE_UNAVAILABLE' })
      const lost = { uri, ...paths, tlsCa: pems.path('gone.pem') }
      expect(await rejection(madeStore(lost).open?.(contextOf()))).toMatchObject({ code: 'STORE_MISCONFIGURED' })
    } finally {
      await server.remove()
      pems.remove()
    }
  }, 60_000)
})

describe.skipIf(!program.redis)('settings of Redis (needs redis-server)', () => {
  test('a server that may evict records declares the durability none, and a warning says so', async () => {
    const server = await plainRedis(
      ...['--maxmemory', '10mb', '--maxmemory-policy', 'allkeys-lru', '--appendonly', 'yes', '--appendfsync', 'always'],
    )
    try {
      await server.start()
      const warned: string[] = []
      const warn = (_: object, message: string) => void warned.push(message)
      const store = await openedStore(
        { uri: `redis://127.0.0.1:${server.port}` },
        { logger: { ...silent, warn }, owner: 'me' },
      )
      expect(store.capabilities.durability).toBe('none')
      expect(warned).toEqual([expect.stringContaining('maxmemory-policy allkeys-lru')])
    } finally {
      await server.remove()
    }
  })

  test('a server that may evict the lease gets a warning, if there is a lease', async () => {
    const server = await plainRedis(
      ...[
        '--maxmemory',
        '10mb',
        '--maxmemory-policy',
        'volatile-ttl',
        '--appendonly',
        'yes',
        '--appendfsync',
        'always',
      ],
    )
    try {
      await server.start()
      const warned: string[] = []
      const warn = (_: object, message: string) => void warned.push(message)
      const options = { uri: `redis://127.0.0.1:${server.port}` }
      const context = { logger: { ...silent, warn } }
      await openedStore(options, { ...context, owner: 'me', readOnly: true })
      expect(warned).toEqual([])
      const store = await openedStore(options, { ...context, owner: 'me' })
      expect(store.capabilities.durability).toBe('power')
      expect(warned).toEqual([expect.stringMatching(/maxmemory-policy volatile-ttl.*another gateway/)])
    } finally {
      await server.remove()
    }
  })

  test('a user without a right that is used later is refused at open(), and the error says which rights are needed', async () => {
    const server = await plainRedis()
    try {
      await server.start()
      const raw = await client.redis(`redis://127.0.0.1:${server.port}`)
      const commands = ['get', 'set', 'strlen', 'mset', 'del', 'exists', 'rename', 'eval', 'mget', 'scan']
      for (const command of commands) {
        await raw.send('ACL', 'SETUSER', `without-${command}`, 'on', '>pw', '~*', '+@all', `-${command}`)
        const store = madeStore({ uri: `redis://without-${command}:pw@127.0.0.1:${server.port}` })
        expect(await rejection(store.open?.(contextOf({ owner: 'me' })))).toMatchObject({
          code: 'STORE_MISCONFIGURED',
          message: expect.stringMatching(new RegExp(command, 'i')),
        })
      }
      await raw.send('ACL', 'SETUSER', 'narrow', 'on', '>pw', '~sessionkeep:*', '+@all')
      await raw.end()
      const store = madeStore({ uri: `redis://narrow:pw@127.0.0.1:${server.port}` })
      expect(await rejection(store.open?.(contextOf({ owner: 'me' })))).toMatchObject({ code: 'STORE_MISCONFIGURED' })
    } finally {
      await server.remove()
    }
  })
})
