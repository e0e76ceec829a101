import { expect } from 'vitest'
import type { MetadataStore, SessionPool } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { heldStore } from './held-store.ts'
import { makePool } from './pools.ts'
import { clock } from './time.ts'

/** A pool on `config` with one session that has made `requests`. */
export async function poolOn(config: MetadataStore | string, requests = 0, mirror: MetadataStore[] = []) {
  const host = memoryHost({ clock })
  const made = makePool({ host, metadata: { store: config, mirror } })
  await made.pool.start()
  await made.pool.getOrCreateSession('a')
  count(made.pool, requests)
  return { ...made, host }
}

export function count(pool: Pick<SessionPool, 'trackRequestStart' | 'trackRequestComplete'>, requests: number): void {
  for (let at = 0; at < requests; at += 1) {
    expect(pool.trackRequestStart('a')).toBe(true)
    pool.trackRequestComplete('a')
  }
}

export const stored = async (held: ReturnType<typeof heldStore>) => (await held.stored()).get('claude-a')?.totalRequests

/** A pool whose configured store was detached during a write, that of the second of two requests. */
export async function detachedDuringWrite() {
  const first = heldStore()
  const made = await poolOn(first.store, 1)
  const writing = first.holdBefore('setMany')
  count(made.pool, 1)
  await writing.reached
  await made.pool.rollback()
  return { ...made, first, writing }
}
