import { createSessionPool, type MetadataStore, memoryStore, StoreError } from '@sessionkeep/core'
import { memoryHost } from '@sessionkeep/core/testing'
import { onTestFinished } from 'vitest'

const ignore = () => undefined
const logger = { debug: ignore, info: ignore, warn: ignore, error: ignore }

/** A memory store that keeps records as far as the pool knows, and whose writes can be made to fail. */
export function unsteadyStore() {
  const inner = memoryStore()
  const state = { fails: false }
  const store: MetadataStore = {
    ...inner,
    name: 'unsteady',
    capabilities: { ...inner.capabilities, durability: 'process' },
    async setMany(records, options) {
      if (state.fails) throw new StoreError('STORE_UNAVAILABLE', 'The disk of the customer is full.')
      return inner.setMany(records, options)
    },
  }
  return { store, state }
}

/** A pool that is not started, stopped after the test. Its host has a session that no store knows. */
export function makePool(poolId: string, store: MetadataStore = memoryStore()) {
  const host = memoryHost()
  void host.create('claude-found', { workspace: 'found', pool: poolId, createdAt: 1000 })
  const metadata = { store, flushIntervalMs: 5, maxRetryMs: 20 }
  const pool = createSessionPool({ host, poolId, logger, metadata })
  onTestFinished(async () => void (await pool.stop({ timeoutMs: 500 })))
  return pool
}

/** Does something of everything that is measured. */
export async function useAll(pool: ReturnType<typeof makePool>, state: { fails: boolean }): Promise<void> {
  await pool.start()
  await pool.getOrCreateSession('docs', { attributes: { apiKey: 'a-secret-4711' } })
  await pool.getOrCreateSession('other')
  await pool.withRequest('docs', () => 1)
  pool.trackRequestStart('docs')
  await pool.saveSessionMetadata('docs')
  await pool.deleteSession('other')
  await pool.deleteSession('missing').catch(() => undefined)
  state.fails = true
  pool.touch('docs')
  await pool.saveSessionMetadata('docs').catch(() => undefined)
  state.fails = false
}
