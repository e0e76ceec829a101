import { expect, test } from 'vitest'
import { memoryHost } from '../../../src/testing.ts'
import { heldStore } from '../../support/held-store.ts'
import { count, stored } from '../../support/one-session.ts'
import { makePool } from '../../support/pools.ts'
import { clock, sleep, until } from '../../support/time.ts'

test.each([
  ['as the first discovery pass finds', 1],
  ['as a later pass finds, because the first began when the session was last seen alive', 0],
])(
  'the last record of a session that ended while its store was detached, %s, counts each request once',
  async (_, ms) => {
    const host = memoryHost({ clock })
    host.control.add('claude-a')
    const held = heldStore()
    const { pool } = makePool({
      host,
      metadata: { store: held.store, saveTimeoutMs: 5000, callTimeoutMs: 5000 },
    })
    await pool.start()
    count(pool, 4)
    await pool.saveSessionMetadata('a')
    await pool.rollback()
    await until(() => expect(held.isOpen()).toBe(false))
    const last = (await held.stored()).get('claude-a')
    // Another run continued from that record.
    await held.overwrite({ ...last, run: 'other', revision: 1000, totalRequests: 7 })
    await held.store.close?.()
    count(pool, 1)
    await sleep(ms)
    host.control.exit('claude-a')
    await pool.switchStore(held.store)
    await until(async () =>
      expect((await held.stored()).get('claude-a')).toMatchObject({ expiresAt: expect.any(Number) }),
    )
    expect(await stored(held)).toBe(8)
  },
)
