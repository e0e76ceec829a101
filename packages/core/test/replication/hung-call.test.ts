import { expect, test } from 'vitest'
import type { MetadataStore } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { heldStore } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'
import { clock, sleep } from '../support/time.ts'

/** A store whose next writing calls behave as these say. Closing it drops calls that never end, as a client that closes its socket may. */
function storeWith(...next: ReadonlyArray<'never ends' | 'ends late'>) {
  const held = heldStore()
  const plan = [...next]
  let isArmed = false
  const setMany: MetadataStore['setMany'] = async (records, options) => {
    const now = isArmed ? plan.shift() : undefined
    if (now === 'never ends') await new Promise(() => undefined)
    if (now === 'ends late') await sleep(100)
    await held.store.setMany(records, options)
  }
  const arm = (): void => {
    isArmed = true
  }
  return { held, store: { ...held.store, setMany }, arm }
}

test.each([
  ['a call that never ended', storeWith('never ends')],
  ['one that never ended and one that ended late', storeWith('never ends', 'ends late')],
])('a session is saved again in a store that was closed and opened after %s', async (_, { held, store, arm }) => {
  const { pool } = makePool({ host: memoryHost({ clock }), metadata: { store } })
  await pool.start()
  await pool.getOrCreateSession('a')
  await pool.saveSessionMetadata('a')
  arm()
  pool.trackRequestStart('a')
  await expect(pool.saveSessionMetadata('a')).rejects.toMatchObject({ code: 'STORE_TIMEOUT' })
  await sleep(3000)
  pool.trackRequestStart('a')
  await pool.saveSessionMetadata('a')
  expect((await held.stored()).get('claude-a')).toMatchObject({ totalRequests: 2 })
  expect(await pool.stop({ timeoutMs: 500 })).toMatchObject({ unsaved: [] })
})
