import { createRequire } from 'node:module'
import { createSessionPool } from '@sessionkeep/core'
import { memoryHost } from '@sessionkeep/core/testing'
import { expect, onTestFinished, test, vi } from 'vitest'
import { type AdapterLike, keyvStore } from '../../src/index.ts'
import { program } from '../support/prerequisites.ts'
import { redisServer, redisUri } from '../support/servers.ts'

const { default: KeyvRedis } = createRequire(import.meta.url)('@keyv/redis') as {
  default: new (uri: string) => AdapterLike & { disconnect(): Promise<void> }
}

test.skipIf(!program.redis)(
  'two gateways on one Keyv adapter, which has no lease, both report that, and no request is lost (needs redis-server)',
  async () => {
    const server = await redisServer()
    onTestFinished(() => server.remove())
    await server.start()
    const host = memoryHost()
    const gateway = async () => {
      const adapter = new KeyvRedis(redisUri(server.port))
      const lines: string[] = []
      const warn = ({ code }: { code?: string }, message: string) => void lines.push(`${code} ${message}`)
      const logger = { debug: () => {}, info: () => {}, warn, error: warn }
      const metadata = { store: keyvStore({ adapter, shared: true }), flushIntervalMs: 20, maxRetryMs: 100 }
      const pool = createSessionPool({ host, poolId: 'shared', logger, metadata })
      const contended = vi.fn()
      pool.on('store:contended', contended)
      onTestFinished(async () => {
        await pool.stop()
        await adapter.disconnect()
      })
      await pool.start()
      return { pool, contended, lines }
    }
    const one = await gateway()
    await one.pool.getOrCreateSession('docs')
    await one.pool.saveSessionMetadata('docs')
    const two = await gateway()
    const both = [one, two]
    let made = 0
    await vi.waitFor(
      async () => {
        for (const { pool } of both) {
          await pool.withRequest('docs', () => undefined)
          made += 1
        }
        for (const { contended } of both) expect(contended).toHaveBeenCalledOnce()
      },
      { timeout: 20_000, interval: 30 },
    )
    for (const { pool, lines } of both) {
      await vi.waitFor(() => expect(pool.persistence().effective.reason).toBe('contended'))
      expect(pool.persistence().stores[0]?.lastError?.message).toContain('Another gateway writes the record')
      expect(lines.join('\n')).toContain('Another gateway writes the same records')
    }
    for (const { pool } of both) await vi.waitFor(() => pool.saveSessionMetadata('docs'))
    for (const { pool } of both) expect((await pool.stop()).unsaved).toEqual([])
    const last = await gateway()
    expect(last.pool.getSession('docs')?.totalRequests).toBe(made)
  },
)
