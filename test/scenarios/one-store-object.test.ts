import { fileStore } from '@sessionkeep/store-file'
import { expect, onTestFinished, test, vi } from 'vitest'
import { fixture } from './fixture.ts'

test.each([
  ['with another poolId', 'b'],
  ['with the same poolId', 'a'],
])(
  'a store object that one pool uses is locked for a second pool %s: the first is not disturbed, and nothing that is acknowledged is lost',
  async (_, poolId) => {
    const { pool, directory } = fixture()
    const store = fileStore({ directory })
    const metadata = { store, flushIntervalMs: 10, maxRetryMs: 20 }
    const first = pool({ poolId: 'a', sessionPrefix: 'a-', metadata })
    const second = pool({ poolId, sessionPrefix: 'b-', metadata })
    const degraded = vi.fn()
    first.on('store:degraded', degraded)
    await first.start()
    await second.start()
    await first.getOrCreateSession('docs')
    await first.saveSessionMetadata('docs')
    await second.getOrCreateSession('docs')
    await second.withRequest('docs', () => undefined)
    for (let at = 0; at < 3; at += 1)
      await expect(second.saveSessionMetadata('docs')).rejects.toMatchObject({ code: 'STORE_LOCKED' })
    await first.saveSessionMetadata('docs')
    expect(second.persistence()).toMatchObject({
      effective: { reason: 'degraded' },
      stores: [{ lastError: { message: expect.stringContaining('Make a store for each pool.') } }],
    })
    expect(degraded).not.toHaveBeenCalled()
    await first.stop()
    await vi.waitFor(() => second.saveSessionMetadata('docs'), { timeout: 20_000, interval: 50 })
    // A second program would read the same.
    await second.stop()
    const next = pool({ poolId, sessionPrefix: 'b-', metadata: { store: fileStore({ directory }) } })
    onTestFinished(async () => void (await next.stop()))
    await next.start()
    expect(next.getSession('docs')?.totalRequests).toBe(1)
  },
)
