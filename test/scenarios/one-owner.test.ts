import { hostname } from 'node:os'
import { createSessionPool, type SessionPool } from '@sessionkeep/core'
import { memoryHost } from '@sessionkeep/core/testing'
import { keyvStore } from '@sessionkeep/store-keyv'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { ENGINES, type ServerEngine } from '../../packages/store-keyv/test/support/engines.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const SOON = { timeout: 20_000, interval: 50 }

/** Two gateways with one `poolId`, as in a rolling deployment: the new one starts before the old one ends. */
async function rollingDeployment({ make, uri }: ServerEngine): Promise<void> {
  const server = await make()
  onTestFinished(() => server.remove())
  await server.start()
  const host = memoryHost()
  const gateway = async () => {
    const metadata = { store: keyvStore({ uri: uri(server.port) }), flushIntervalMs: 50, lockRetryMs: 100 }
    const pool = createSessionPool({ host, poolId: 'shared', logger: silent, metadata })
    onTestFinished(async () => void (await pool.stop()))
    await pool.start()
    return pool
  }
  const serve = async (pool: SessionPool, requests: number) => {
    for (let at = 0; at < requests; at += 1) await pool.withRequest('docs', () => undefined)
  }
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

describe('two gateways of one owner: the second is locked and says by whom, and no request or attribute is lost', () => {
  for (const engine of Object.values(ENGINES)) {
    const { name, needs, isThere } = engine
    test.skipIf(!isThere)(`on ${name} (needs ${needs})`, () => rollingDeployment(engine), 60_000)
  }
})
