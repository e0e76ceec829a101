import { mkdtempSync, rmSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSessionPool, type SessionPool } from '@sessionkeep/core'
import { type MemoryHost, memoryHost } from '@sessionkeep/core/testing'
import { keyvStore } from '@sessionkeep/store-keyv'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { ENGINES } from '../../packages/store-keyv/test/support/engines.ts'
import { hasSqlite } from '../../packages/store-keyv/test/support/prerequisites.ts'
import { inSqliteHome } from '../../packages/store-keyv/test/support/sqlite-home.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const SOON = { timeout: 20_000, interval: 50 }

const SERVERS = Object.values(ENGINES).map(({ name, needs, isThere, make, uri }) => ({
  ...{ name, needs, isThere },
  /** The URI of an empty place for records. */
  async place(): Promise<string> {
    const server = await make()
    onTestFinished(() => server.remove())
    await server.start()
    return uri(server.port)
  },
}))
const SQLITE: (typeof SERVERS)[number] = {
  ...{ name: 'SQLite', needs: 'npm run prepare:sqlite', isThere: hasSqlite },
  async place() {
    const directory = mkdtempSync(join(tmpdir(), 'one-owner-'))
    onTestFinished(() => rmSync(directory, { recursive: true }))
    return `sqlite://${directory}/records.db`
  },
}

interface Identity {
  readonly poolId?: string
  readonly formerly?: readonly string[]
}

/** A gateway that has started. */
async function started(uri: string, host: MemoryHost, identity: Identity): Promise<SessionPool> {
  const patience = { attachTimeoutMs: 60_000, callTimeoutMs: 60_000 }
  const metadata = { store: keyvStore({ uri, timeoutMs: 30_000 }), flushIntervalMs: 50, lockRetryMs: 100, ...patience }
  const pool = createSessionPool({ host, ...identity, logger: silent, metadata })
  onTestFinished(async () => void (await pool.stop()))
  await pool.start()
  return pool
}

const serve = async (pool: SessionPool, requests: number) => {
  for (let at = 0; at < requests; at += 1) await pool.withRequest('docs', () => undefined)
}

/** Two gateways with one `poolId`, as in a rolling deployment: the new one starts before the old one ends. */
async function rollingDeployment(uri: string): Promise<void> {
  const host = memoryHost()
  const gateway = () => started(uri, host, { poolId: 'shared' })
  const old = await gateway()
  await old.getOrCreateSession('docs')
  await serve(old, 10)
  await old.saveSessionMetadata('docs')

  const next = await gateway()
  expect(next.getSession('docs')?.totalRequests).toBe(10)
  expect(next.persistence().effective.reason).toBe('locked')
  expect(next.persistence().stores[0]?.lastError?.context).toMatchObject({ pid: process.pid, host: hostname() })
  await expect(next.saveSessionMetadata('docs')).rejects.toMatchObject({ code: 'STORE_LOCKED' })
  for (let round = 0; round < 20; round += 1) {
    await serve(old, 1)
    await serve(next, 2)
  }
  old.setAttributes('docs', { chatId: 'c-42' })
  await old.saveSessionMetadata('docs')
  await serve(next, 1)
  await old.stop()
  await vi.waitFor(() => expect(next.persistence().effective.reason).toBe('ok'), SOON)
  await next.saveSessionMetadata('docs')
  await next.stop()

  const last = await gateway()
  expect(last.getSession('docs')).toMatchObject({ totalRequests: 71, attributes: { chatId: 'c-42' } })
}

/** A pool that gets a `poolId`, then another one while a gateway with the former id still runs. */
async function changedIds(uri: string): Promise<void> {
  const host = memoryHost()
  const first = await started(uri, host, {})
  await first.getOrCreateSession('docs', { attributes: { chat: 7 } })
  await serve(first, 10)
  await first.stop()
  const old = await started(uri, host, { poolId: 'a', formerly: ['claude-'] })
  expect(old.getSession('docs')).toMatchObject({ totalRequests: 10, attributes: { chat: 7 }, verified: true })
  const next = await started(uri, host, { poolId: 'b', formerly: ['a', 'claude-'] })
  expect(next.persistence().effective.reason).toBe('locked')
  expect(next.getSession('docs')).toMatchObject({ totalRequests: 10, attributes: { chat: 7 } })
  await serve(next, 2)
  await serve(old, 3)
  await old.stop()
  await vi.waitFor(() => expect(next.persistence().effective.reason).toBe('ok'), SOON)
  await next.stop()
  const last = await started(uri, host, { poolId: 'b', formerly: ['a', 'claude-'] })
  expect(last.getSession('docs')).toMatchObject({ totalRequests: 15, attributes: { chat: 7 } })
}

/** Two pools with a session of the same workspace, each on its own host, that become one. */
async function mergedIds(uri: string): Promise<void> {
  const hosts = { x: memoryHost(), y: memoryHost() }
  for (const [poolId, host] of Object.entries(hosts)) {
    const pool = await started(uri, host, { poolId })
    await pool.getOrCreateSession('docs', { attributes: { of: poolId } })
    await serve(pool, poolId === 'x' ? 3 : 4)
    await pool.stop()
  }
  const merged = await started(uri, hosts.x, { poolId: 'z', formerly: ['x', 'y'] })
  expect(merged.getSession('docs')).toMatchObject({ totalRequests: 3, attributes: { of: 'x' }, verified: true })
  await merged.stop()
  const other = await started(uri, hosts.y, { poolId: 'w', formerly: ['z', 'x', 'y'] })
  expect(other.getSession('docs')).toMatchObject({ totalRequests: 4, attributes: { of: 'y' }, verified: true })
}

inSqliteHome()

describe.each([
  [
    'two gateways of one owner: the second is locked and says by whom, and no request or attribute is lost',
    rollingDeployment,
  ],
  [
    'a poolId is added and changed: counts and attributes stay, also those of a gateway that still has the former id',
    changedIds,
  ],
  ['two pools become one: each session of the same workspace keeps its own record', mergedIds],
])('%s', (_, check) => {
  for (const { name, needs, isThere, place } of [...SERVERS, SQLITE])
    test.skipIf(!isThere)(`on ${name} (needs ${needs})`, async () => check(await place()), 60_000)
})
