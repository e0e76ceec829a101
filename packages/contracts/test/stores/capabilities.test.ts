import { expect, test } from 'vitest'
import { count } from '../../../core/test/support/one-session.ts'
import { makePool } from '../../../core/test/support/pools.ts'
import { clock } from '../../../core/test/support/time.ts'
import type { StoreCapabilities } from '../../src/index.ts'
import { memoryStore } from '../../src/index.ts'
import { safeCapabilities } from '../../src/stores/capabilities.ts'
import { memoryHost } from '../../src/testing.ts'

const POWER: StoreCapabilities = { durability: 'power', retains: true, shared: false }

/** A store whose `capabilities` can be read `times` times and throw after that. */
function readable(times: number) {
  let left = times
  return {
    get capabilities() {
      left -= 1
      if (left < 0) throw new Error('no redis://me:hunter2@h')
      return POWER
    },
  }
}

test('when capabilities throw, the last answer counts; before the first answer the store has no durability', () => {
  const safe = safeCapabilities(readable(1))
  expect(safe.capabilities).toBe(POWER)
  expect(safe.capabilities).toBe(POWER)
  expect(safeCapabilities(readable(0)).capabilities).toEqual({ durability: 'none', retains: true, shared: false })
  expect(safeCapabilities({ capabilities: undefined as never }).capabilities).toMatchObject({ durability: 'none' })
})

test.each([4, 8, 16])(
  'requests, saves, persistence() and stop() work although capabilities throw after %i reads',
  async (times) => {
    const { name, open, close, getMany, setMany, deleteMany, list } = memoryStore()
    const store = Object.assign(Object.create(readable(times)), {
      ...{ name, open, close, getMany, setMany, deleteMany, list },
    })
    const { pool } = makePool({ host: memoryHost({ clock }), metadata: { store } })
    await pool.start()
    await pool.getOrCreateSession('a')
    count(pool, 3)
    for (let at = 0; at < 20; at += 1) pool.persistence()
    await pool.saveSessionMetadata('a')
    expect(pool.persistence()).toMatchObject({ saved: 1, stores: [{ store: 'memory', durability: 'power' }] })
    await pool.switchStore(memoryStore())
    await pool.switchStore('auto')
    expect(await pool.stop()).toEqual({ saved: 1, unsaved: [] })
  },
)
