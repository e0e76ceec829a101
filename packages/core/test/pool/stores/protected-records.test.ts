import { expect, test } from 'vitest'
import { memoryStore } from '../../../src/index.ts'
import { memoryHost } from '../../../src/testing.ts'
import { fill, heldStore, record } from '../../support/held-store.ts'
import { count, stored } from '../../support/one-session.ts'
import { makePool } from '../../support/pools.ts'
import { clock, sleep, until } from '../../support/time.ts'

/** A pool with one session, whose record in the mirror must not be overwritten. */
async function withProtectedRecord(fields: object) {
  const [held, inner] = [heldStore(), memoryStore()]
  await fill(inner, [record('claude-a', fields)])
  const mirror = heldStore(inner)
  const host = memoryHost({ clock })
  host.control.add('claude-a')
  const { pool } = makePool({ host, metadata: { store: held.store, mirror: [mirror.store] } })
  await pool.start()
  const standing = () => {
    const status = pool.persistence()
    return { ...status, mirror: status.stores[1] }
  }
  return { pool, host, held, mirror, standing }
}

test.each([
  ['of a newer release', { schemaVersion: 99 }, 'STORE_RECORD_NEWER'],
  ['of another pool', { pool: 'theirs' }, 'STORE_RECORD_FOREIGN'],
])(
  'with a record %s in a mirror, the age of the dirty name grows and persistence() has the error',
  async (_, fields, code) => {
    const { pool, held, mirror, standing } = await withProtectedRecord(fields)
    count(pool, 3)
    const changed = clock.now()
    await until(async () => expect(await stored(held)).toBe(3))
    // Many flushes, polls and discovery passes, none of which may reset the age.
    await sleep(300)
    const age = clock.now() - changed
    expect(standing()).toMatchObject({ effective: { reason: 'degraded' }, saved: 1 })
    expect(standing().mirror).toMatchObject({ state: 'attached', dirty: 1, lastError: { code } })
    expect(standing().oldestDirtyMs).toBeGreaterThanOrEqual(age)
    expect((await mirror.stored()).get('claude-a')).toMatchObject({ totalRequests: 42, ...fields })
  },
)

test('once that record is removed, the mirror gets what it lacked and persistence() is ok', async () => {
  const { pool, mirror, standing } = await withProtectedRecord({ schemaVersion: 99 })
  count(pool, 3)
  await until(() => expect(standing().effective.reason).toBe('degraded'))
  await mirror.store.deleteMany(['claude-a'], { signal: AbortSignal.timeout(5000) })
  await until(async () => expect(await stored(mirror)).toBe(3))
  await until(() => expect(standing()).toMatchObject({ effective: { reason: 'ok' }, oldestDirtyMs: 0 }))
  expect(standing().mirror).toMatchObject({ dirty: 0 })
  expect(standing().mirror).not.toHaveProperty('lastError')
})

test('the deletion of a session does not wait for a store whose record must not be changed', async () => {
  const { pool, mirror, standing } = await withProtectedRecord({ schemaVersion: 99 })
  await until(() => expect(standing().effective.reason).toBe('degraded'))
  await pool.deleteSession('a')
  await until(() => expect(standing()).toMatchObject({ effective: { reason: 'ok' }, oldestDirtyMs: 0 }))
  expect((await mirror.stored()).get('claude-a')).toMatchObject({ schemaVersion: 99 })
})

test('a store with such a record can be switched to, and persistence() is degraded from then on', async () => {
  const { pool, standing } = await withProtectedRecord({})
  const next = heldStore()
  await fill(next.store, [record('claude-a', { schemaVersion: 99 })])
  count(pool, 1)
  await pool.switchStore(next.store, { timeoutMs: 10_000 })
  expect(standing()).toMatchObject({ effective: { reason: 'degraded' } })
  expect(standing().stores[0]).toMatchObject({ role: 'primary', dirty: 1, lastError: { code: 'STORE_RECORD_NEWER' } })
})
