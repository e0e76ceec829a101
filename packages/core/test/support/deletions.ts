import { expect } from 'vitest'
import type { MetadataStore, SessionPool } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { heldStore } from './held-store.ts'
import { makePool } from './pools.ts'
import { quick } from './resume-setting.ts'
import { clock, sleep } from './time.ts'

export type Held = ReturnType<typeof heldStore>
/** The name of the session of `docs`. */
export const NAME = 'claude-docs'
export const has = async (store: Held, name = NAME): Promise<boolean> => (await store.stored()).has(name)
/** Makes every call of a store fail, until `mend()`. */
export const away = (store: Held) => store.fail('open', 'getMany', 'setMany', 'deleteMany')

/** A host that outlives the gateways, with `count` stores. */
export async function setting(count = 2, options: object = {}) {
  const host = memoryHost({ clock })
  const stores = Array.from({ length: count }, () => heldStore())
  const gateway = async (
    prepare: (pool: SessionPool<Record<string, unknown>>) => unknown = () => undefined,
    more: object = {},
  ) => {
    const [first, ...others] = stores.map(({ store }) => store)
    const metadata = { store: first as MetadataStore, mirror: others, maxRetryMs: 50 }
    const { pool } = makePool({ host, metadata, resume: { ...quick, when: 'request' }, ...options, ...more })
    prepare(pool)
    await pool.start()
    return pool
  }
  return { host, stores: stores as [Held, Held, Held], gateway }
}

/** The same with a gateway, and a session of `docs` in each store. */
export async function withDocs(count = 2, options: object = {}) {
  const all = await setting(count, options)
  const pool = await all.gateway()
  await pool.getOrCreateSession('docs', { attributes: { conversation: 'a1b2' } })
  await pool.saveSessionMetadata('docs')
  for (const store of all.stores) expect(await has(store)).toBe(true)
  return { ...all, pool }
}

/** Starts a gateway whose store `late` answers a little later than the other one. */
export async function withLate(all: Awaited<ReturnType<typeof withDocs>>, late: number) {
  const held = (all.stores[late] as Held).holdBefore('getMany')
  const starting = all.gateway()
  await held.reached
  await sleep(40)
  held.release()
  return await starting
}
