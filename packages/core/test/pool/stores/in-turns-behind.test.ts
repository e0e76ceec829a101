import { expect, test } from 'vitest'
import type { MetadataStore } from '../../../src/index.ts'
import { memoryHost } from '../../../src/testing.ts'
import { heldStore } from '../../support/held-store.ts'
import { count, stored } from '../../support/one-session.ts'
import { makePool } from '../../support/pools.ts'
import { clock, until } from '../../support/time.ts'

test.each([
  [2, 3],
  [0, 5],
])(
  'where another run goes on from a mirror that had %s of four requests, the next run counts all of both, and so does the first when it comes back',
  async (had, others) => {
    const host = memoryHost({ clock })
    host.control.add('claude-a')
    const [ahead, behind] = [heldStore(), heldStore()]
    const poolOn = async (store: MetadataStore, ...mirror: MetadataStore[]) => {
      const { pool } = makePool({ host, metadata: { store, mirror, saveTimeoutMs: 5000 } })
      await pool.start()
      return pool
    }
    if (had === 0) behind.fail('setMany')
    const first = await poolOn(ahead.store, behind.store)
    if (had > 0) {
      count(first, had)
      await first.saveSessionMetadata('a')
      await until(async () => expect(await stored(behind)).toBe(had))
    }
    behind.fail('setMany')
    count(first, 4 - had)
    await first.saveSessionMetadata('a')
    expect(await stored(ahead)).toBe(4)
    await first.rollback()
    await until(() => expect([ahead.isOpen(), behind.isOpen()]).toEqual([false, false]))
    behind.mend()

    // The second run knows only what the mirror had. The third reads both stores, and each has requests that the other lacks.
    const second = await poolOn(behind.store)
    count(second, others)
    await second.saveSessionMetadata('a')
    await second.stop()
    const third = await poolOn(ahead.store, behind.store)
    await until(async () => expect(await stored(ahead)).toBe(4 + others))
    await third.stop()

    await first.switchStore(ahead.store)
    expect(first.getSession('a')?.totalRequests).toBe(4 + others)
  },
)
