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
  'after another run has gone on from a mirror with %s of four requests, the next run and the first one count all requests of both',
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

    // The second run knows only the record of the mirror. The third run reads both stores, and each has requests that the other lacks.
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
