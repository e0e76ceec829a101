import { expect, test } from 'vitest'
import { memoryHost } from '../../src/testing.ts'
import { heldStore } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'
import { clock, sleep } from '../support/time.ts'

/** A pool whose store is in the middle of a write, and a function that lets the write continue. */
async function writingPool() {
  const held = heldStore()
  const { pool } = makePool({ host: memoryHost({ clock }), metadata: { store: held.store, callTimeoutMs: 5000 } })
  await pool.start()
  await pool.getOrCreateSession('a')
  const writing = held.holdBefore('setMany')
  pool.trackRequestStart('a')
  await writing.reached
  return { pool, held, writing }
}

test.each([1e12, 2 ** 31, Number.NaN, Number.POSITIVE_INFINITY, '5', null])(
  'stop({ timeoutMs: %s }) waits for a slow write',
  async (timeoutMs) => {
    const { pool, held, writing } = await writingPool()
    const stopping = pool.stop({ timeoutMs: timeoutMs as number })
    await sleep(100)
    writing.release()
    expect(await stopping).toEqual({ saved: 1, unsaved: [] })
    expect((await held.stored()).get('claude-a')).toMatchObject({ totalRequests: 1 })
  },
)

test.each([null, 5, 'now'])('stop() and terminate() use the defaults for the options %j', async (options) => {
  const { pool, writing } = await writingPool()
  writing.release()
  expect(await pool.terminate(options as never)).toMatchObject({ terminated: ['a'], failed: [], unsaved: [] })
  expect(await pool.stop(options as never)).toMatchObject({ unsaved: [] })
})
