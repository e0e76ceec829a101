import { createSessionPool } from '@sessionkeep/core'
import { memoryHost } from '@sessionkeep/core/testing'
import { expect, onTestFinished, test, vi } from 'vitest'
import { keyvStore } from '../../src/index.ts'
import { program } from '../support/prerequisites.ts'
import { plainRedis } from '../support/redis-places.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

test.skipIf(!program.redis)(
  'a pool waits for one with its former id that has no session yet, and has what that makes meanwhile (needs redis-server)',
  async () => {
    const server = await plainRedis()
    onTestFinished(() => server.remove())
    await server.start()
    const host = memoryHost()
    const gateway = async (poolId: string, formerly: readonly string[] = []) => {
      const store = keyvStore({ uri: `redis://127.0.0.1:${server.port}` })
      const metadata = { store, flushIntervalMs: 20, maxRetryMs: 100, lockRetryMs: 50 }
      const pool = createSessionPool({ host, poolId, formerly, logger: silent, metadata })
      onTestFinished(async () => void (await pool.stop()))
      await pool.start()
      return pool
    }
    const former = await gateway('former')
    const next = await gateway('next', ['former'])
    expect(next.persistence().effective.reason).toBe('locked')
    await former.getOrCreateSession('docs', { attributes: { chat: 7 } })
    await former.withRequest('docs', () => undefined)
    await former.stop()
    const soon = { timeout: 20_000, interval: 50 }
    await vi.waitFor(() => expect(next.persistence().effective.reason).toBe('ok'), soon)
    await vi.waitFor(
      () => expect(next.getSession('docs')).toMatchObject({ totalRequests: 1, attributes: { chat: 7 } }),
      soon,
    )
  },
)
