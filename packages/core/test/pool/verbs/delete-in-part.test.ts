import { expect, test } from 'vitest'
import { memoryHost } from '../../../src/testing.ts'
import { heldStore } from '../../support/held-store.ts'
import { makePool } from '../../support/pools.ts'
import { clock, until } from '../../support/time.ts'

test('a deletion that fails in one of two stores is repeated there later', async () => {
  const [first, second] = [heldStore(), heldStore()]
  const metadata = { store: first.store, mirror: [second.store], callTimeoutMs: 5000, maxRetryMs: 400 }
  const { pool } = makePool({ host: memoryHost({ clock }), metadata })
  await pool.start()
  for (const workspace of ['a', 'b', 'c']) {
    await pool.getOrCreateSession(workspace)
    await pool.saveSessionMetadata(workspace)
  }
  // While this call runs, both deletions wait for the next batch.
  const writing = first.holdBefore('setMany')
  pool.trackRequestStart('a')
  await writing.reached
  first.failName('deleteMany', 'claude-b')
  await Promise.all(['b', 'c'].map((workspace) => pool.deleteSession(workspace)))
  writing.release()
  const deleted = { ended: { cause: 'deleted' } }
  await until(async () => expect((await second.stored()).get('claude-b')).toMatchObject(deleted))
  await until(() => expect(pool.persistence().stores[0]?.lastError).toBeDefined())
  expect(pool.persistence().stores[0]?.state).toBe('attached')
  first.mend()
  for (const store of [first, second])
    await until(async () => expect((await store.stored()).has('claude-b')).toBe(false))
})
