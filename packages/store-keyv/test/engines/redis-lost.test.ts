import { createSessionPool } from '@sessionkeep/core'
import { memoryHost } from '@sessionkeep/core/testing'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { keyvStore } from '../../src/index.ts'
import { program } from '../support/prerequisites.ts'
import { proxyTo } from '../support/proxy.ts'
import { ask, plainRedis, untilAnswer } from '../support/redis-places.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const WORKSPACES = ['one', 'two', 'three']
const SOON = { timeout: 20_000, interval: 50 }

async function startedRedis(...settings: readonly string[]) {
  const server = await plainRedis(...settings)
  onTestFinished(() => server.remove())
  await server.start()
  return server
}

/** A pool with three saved sessions, which then rest: what happens to their records is noticed without a request. */
async function restingPool(port: number) {
  const store = keyvStore({ uri: `redis://127.0.0.1:${port}` })
  const metadata = { store, flushIntervalMs: 50, maxRetryMs: 500 }
  const pool = createSessionPool({ host: memoryHost(), poolId: 'a', logger: silent, metadata })
  onTestFinished(async () => void (await pool.stop()))
  const degraded = vi.fn()
  pool.on('store:degraded', degraded)
  await pool.start()
  for (const workspace of WORKSPACES) {
    await pool.getOrCreateSession(workspace)
    for (let at = 0; at < 10; at += 1) await pool.withRequest(workspace, () => undefined)
    await pool.saveSessionMetadata(workspace)
  }
  return { pool, degraded }
}

/** The requests that the server has stored, by workspace. */
async function storedAt(port: number): Promise<number[]> {
  const texts = await Promise.all(WORKSPACES.map((name) => ask(port, 'GET', `sessionkeep:a:claude-${name}`)))
  return texts.map((text) => (typeof text === 'string' ? JSON.parse(text).value.totalRequests : 0))
}

describe.skipIf(!program.redis)('a Redis that was emptied, replaced or made read-only (needs redis-server)', () => {
  test.each([
    [
      'was restarted empty',
      async (server: Awaited<ReturnType<typeof startedRedis>>) => {
        await server.kill()
        await server.start()
      },
    ],
    ['was emptied', async ({ port }: { port: number }) => void (await ask(port, 'FLUSHALL'))],
  ])('%s: the loss is reported, and the records of resting sessions are written again', async (_, empty) => {
    const server = await startedRedis()
    const { pool, degraded } = await restingPool(server.port)
    await empty(server)
    await vi.waitFor(async () => expect(await storedAt(server.port)).toEqual([10, 10, 10]), SOON)
    expect(degraded).toHaveBeenCalled()
    await vi.waitFor(() => expect(pool.persistence()).toMatchObject({ effective: { reason: 'ok' }, saved: 3 }), SOON)
  })

  test('a replica that is behind and takes over gets all records, without a request', async () => {
    const master = await startedRedis()
    const replica = await startedRedis('--replicaof', `127.0.0.1 ${master.port}`)
    await untilAnswer(async () => String(await ask(replica.port, 'INFO', 'replication')).includes('link_status:up'))
    await ask(replica.port, 'REPLICAOF', 'NO', 'ONE')
    const proxy = await proxyTo(master.port)
    onTestFinished(() => proxy.close())
    const { pool } = await restingPool(proxy.port)
    expect(await storedAt(replica.port)).toEqual([0, 0, 0])
    proxy.moveTo(replica.port)
    proxy.drop()
    await vi.waitFor(async () => expect(await storedAt(replica.port)).toEqual([10, 10, 10]), SOON)
    await vi.waitFor(() => expect(pool.persistence()).toMatchObject({ effective: { reason: 'ok' }, saved: 3 }), SOON)
  })

  test('a master that became a replica under a living connection is left for the new master', async () => {
    const old = await startedRedis()
    const next = await startedRedis('--replicaof', `127.0.0.1 ${old.port}`)
    await untilAnswer(async () => String(await ask(next.port, 'INFO', 'replication')).includes('link_status:up'))
    const proxy = await proxyTo(old.port)
    onTestFinished(() => proxy.close())
    const { pool } = await restingPool(proxy.port)
    await ask(next.port, 'REPLICAOF', 'NO', 'ONE')
    await ask(old.port, 'REPLICAOF', '127.0.0.1', String(next.port))
    proxy.moveTo(next.port)
    await vi.waitFor(async () => {
      await pool.withRequest('one', () => undefined)
      await pool.saveSessionMetadata('one')
    }, SOON)
    const total = pool.getSession('one')?.totalRequests
    await vi.waitFor(async () => expect(await storedAt(next.port)).toEqual([total, 10, 10]), SOON)
  })

  test.each([
    ['is a replica', ['REPLICAOF', '127.0.0.1', '1'], ['REPLICAOF', 'NO', 'ONE']],
    [
      'has too few replicas',
      ['CONFIG', 'SET', 'min-replicas-to-write', '1'],
      ['CONFIG', 'SET', 'min-replicas-to-write', '0'],
    ],
  ] as const)('a server that %s is read, and written once it accepts writes', async (_, refuse, accept) => {
    const server = await startedRedis()
    const { pool } = await restingPool(server.port)
    await ask(server.port, refuse[0], ...refuse.slice(1))
    pool.setAttributes('one', { changed: true })
    await vi.waitFor(() => {
      const { effective, stores } = pool.persistence()
      expect([effective.reason, stores[0]?.lastError?.code]).toEqual(['degraded', 'STORE_READ_ONLY'])
    }, SOON)
    await ask(server.port, accept[0], ...accept.slice(1))
    await vi.waitFor(() => expect(pool.persistence()).toMatchObject({ effective: { reason: 'ok' }, saved: 3 }), SOON)
    expect(await storedAt(server.port)).toEqual([10, 10, 10])
  })
})
