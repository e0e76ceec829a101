import { memoryStore, type SessionPoolOptions } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { makePool } from './pools.ts'
import { clock } from './time.ts'

export type Given = Partial<SessionPoolOptions<Record<string, unknown>>>

/** Options of resuming with which a test does not wait. */
export const quick = { settleMs: 20, spacingMs: 0 } as const

/** A host and a store that several pools use one after another. */
export function setting() {
  const host = memoryHost({ clock })
  const store = memoryStore()
  const pool = (given: Given = {}) => makePool({ host, metadata: { store }, ...given }).pool
  return { host, store, pool }
}

/** A pool whose session of `docs` has attributes and 3 requests. */
export async function withDocs({ pool }: ReturnType<typeof setting>, given: Given = {}) {
  const first = pool(given)
  await first.start()
  await first.getOrCreateSession('docs', { attributes: { conversation: 'a1b2' } })
  for (let i = 0; i < 3; i += 1) await first.withRequest('docs', () => undefined)
  await first.saveSessionMetadata('docs')
  return first
}
