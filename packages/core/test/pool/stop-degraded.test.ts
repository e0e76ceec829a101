import { expect, test } from 'vitest'
import { StoreError } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { heldStore } from '../support/held-store.ts'
import { count, poolOn, stored } from '../support/one-session.ts'
import { makePool } from '../support/pools.ts'
import { clock, until } from '../support/time.ts'

const isDegraded = (pool: { persistence(): { effective: { reason: string } } }) => () =>
  expect(pool.persistence().effective.reason).toBe('degraded')

/** A pool whose store has failed for so long that the next attempt is far away. */
async function degraded(mirror: ReturnType<typeof heldStore>[] = []) {
  const held = heldStore()
  const metadata = { store: held.store, mirror: mirror.map(({ store }) => store), maxRetryMs: 60_000 }
  const { pool } = makePool({ host: memoryHost({ clock }), metadata })
  await pool.start()
  await pool.getOrCreateSession('a')
  held.fail('open', 'getMany', 'setMany')
  count(pool, 3)
  await until(isDegraded(pool))
  return { pool, held }
}

test('stop() goes on trying a store that fails, and saves everything when it works again within the time-out', async () => {
  const { pool, held } = await degraded()
  clock.after(3000, held.mend)
  expect(await pool.stop()).toEqual({ saved: 1, unsaved: [] })
  expect(await stored(held)).toBe(3)
})

test('stop() ends with its time-out when the store still fails, and reports what is unsaved', async () => {
  const { pool } = await degraded()
  const startedAt = clock.now()
  expect(await pool.stop({ timeoutMs: 2000 })).toEqual({ saved: 0, unsaved: ['claude-a'] })
  expect(clock.now() - startedAt).toBeLessThanOrEqual(2100)
  expect(clock.now() - startedAt).toBeGreaterThan(900)
})

test('stop() does not wait for a mirror that fails once another store has everything', async () => {
  const mirror = heldStore()
  const { pool } = await poolOn(heldStore().store, 1, [mirror.store])
  mirror.fail('open', 'getMany', 'setMany')
  count(pool, 1)
  await pool.saveSessionMetadata('a')
  const startedAt = clock.now()
  expect(await pool.stop({ timeoutMs: 3_600_000 })).toEqual({ saved: 1, unsaved: [] })
  expect(clock.now() - startedAt).toBeLessThan(2000)
})

/** A pool whose store refuses writes with this error until `mend()`. */
async function refusing(error: StoreError) {
  const inner = heldStore()
  let refusal: StoreError | undefined
  const store = {
    ...inner.store,
    setMany: async (...of: Parameters<typeof inner.store.setMany>) => {
      if (refusal) throw refusal
      await inner.store.setMany(...of)
    },
  }
  const { pool } = await poolOn(store, 0)
  refusal = error
  count(pool, 1)
  await until(isDegraded(pool))
  const mend = () => {
    refusal = undefined
  }
  return { pool, mend }
}

test('stop() goes on trying a server that is read-only during a failover', async () => {
  const { pool, mend } = await refusing(new StoreError('STORE_READ_ONLY', 'This server is a standby.'))
  clock.after(3000, mend)
  expect(await pool.stop()).toEqual({ saved: 1, unsaved: [] })
})

/** A pool that waits for the lock of its store, and has counted a request. */
async function locked() {
  const held = heldStore()
  const host = memoryHost({ clock })
  const first = makePool({ host, metadata: { store: held.store } }).pool
  await first.start()
  await first.getOrCreateSession('a')
  await first.stop()
  held.lock()
  const { pool } = makePool({ host, metadata: { store: held.store, lockRetryMs: 60_000 } })
  await pool.start()
  expect(pool.persistence().effective.reason).toBe('locked')
  return { pool, held }
}

test('stop() saves everything when another gateway, which stops too, frees the lock within the time-out', async () => {
  const { pool, held } = await locked()
  count(pool, 1)
  clock.after(2000, held.mend)
  expect(await pool.stop()).toEqual({ saved: 1, unsaved: [] })
  expect(await stored(held)).toBe(1)
  expect(held.isOpen()).toBe(false)
})

test('stop() waits for no lock when nothing is unsaved, and no longer than its time-out when something is', async () => {
  const { pool: saved } = await locked()
  const { pool } = await locked()
  count(pool, 1)
  const startedAt = clock.now()
  expect(await saved.stop({ timeoutMs: 3_600_000 })).toEqual({ saved: 1, unsaved: [] })
  expect(clock.now() - startedAt).toBeLessThan(1000)
  expect(await pool.stop({ timeoutMs: 2000 })).toEqual({ saved: 0, unsaved: ['claude-a'] })
  expect(clock.now() - startedAt).toBeLessThan(3200)
})

test('stop() waits for a store that is still being attached while something is unsaved', async () => {
  const held = heldStore()
  const metadata = { store: held.store, callTimeoutMs: 60_000 }
  const { pool } = makePool({ host: memoryHost({ clock }), metadata })
  const opening = held.holdBefore('open')
  await pool.start()
  await pool.getOrCreateSession('a')
  expect(pool.persistence().effective.reason).toBe('starting')
  clock.after(2000, opening.release)
  expect(await pool.stop()).toEqual({ saved: 1, unsaved: [] })
  expect((await held.stored()).get('claude-a')).toMatchObject({ workspace: 'a' })
})

test('stop() does not try a store again that can never work as it is', async () => {
  const { pool } = await refusing(new StoreError('STORE_MISCONFIGURED', 'The table has other columns.'))
  const startedAt = clock.now()
  expect(await pool.stop({ timeoutMs: 3_600_000 })).toEqual({ saved: 0, unsaved: ['claude-a'] })
  expect(clock.now() - startedAt).toBeLessThan(2000)
})

test('stop() tries a single record again that the store refused, though its pause is not over', async () => {
  const held = heldStore()
  const { pool } = makePool({ host: memoryHost({ clock }), metadata: { store: held.store, maxRetryMs: 60_000 } })
  await pool.start()
  await pool.getOrCreateSession('a')
  await pool.getOrCreateSession('b')
  await until(() => expect(pool.persistence().saved).toBe(2))
  held.failName('setMany', 'claude-a')
  count(pool, 2)
  pool.trackRequestStart('b')
  await until(() => expect(pool.persistence().saved).toBe(1))
  clock.after(2000, held.mend)
  expect(await pool.stop()).toEqual({ saved: 2, unsaved: [] })
  expect(await stored(held)).toBe(2)
})
