import { expect, test } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { promisesOf } from '../../src/replication/capabilities.ts'
import type { StoreCapabilities } from '../../src/store.ts'
import { memoryHost } from '../../src/testing.ts'
import { count } from '../support/one-session.ts'
import { makePool } from '../support/pools.ts'
import { clock } from '../support/time.ts'

const POWER: StoreCapabilities = { durability: 'power', retains: true, shared: false }

/** Capabilities that can be read so many times, and then throw. */
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

test('what a store promises is what it said last, where it cannot say; at first, that nothing can be relied on', () => {
  const promises = promisesOf(readable(1))
  expect(promises.capabilities).toBe(POWER)
  expect(promises.capabilities).toBe(POWER)
  expect(promisesOf(readable(0)).capabilities).toEqual({ durability: 'none', retains: true, shared: false })
  expect(promisesOf({ capabilities: undefined as never }).capabilities).toMatchObject({ durability: 'none' })
})

test.each([4, 8, 16])(
  'a store whose capabilities throw after %i times fails neither a request, nor a save, nor persistence(), nor stop()',
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
