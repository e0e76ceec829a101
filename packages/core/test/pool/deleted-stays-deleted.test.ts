import { expect, test } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { heldStore } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'
import { quick } from '../support/resume-setting.ts'
import { clock, until } from '../support/time.ts'

type Held = ReturnType<typeof heldStore>

/** Two stores, a session of `docs` in both, and a gateway after another. */
async function setting() {
  const host = memoryHost({ clock })
  const emptied = memoryStore()
  const stores = [heldStore(emptied), heldStore()] as const
  const gateway = async () => {
    const metadata = { store: stores[0].store, mirror: [stores[1].store], maxRetryMs: 50 }
    const { pool } = makePool({ host, metadata, resume: { ...quick, when: 'request' } })
    await pool.start()
    return pool
  }
  const pool = await gateway()
  await pool.getOrCreateSession('docs', { attributes: { conversation: 'a1b2' } })
  await pool.saveSessionMetadata('docs')
  for (const store of stores) expect(await has(store)).toBe(true)
  return { host, stores, emptied, pool, gateway }
}

const has = async (store: Held): Promise<boolean> => (await store.stored()).has('claude-docs')
const away = (store: Held) => store.fail('open', 'getMany', 'setMany', 'deleteMany')

test.each([
  ['deleted', 0, 1],
  ['deleted', 1, 0],
  ['forgotten', 0, 1],
  ['forgotten', 1, 0],
] as const)(
  'a session that is %s while store %i is away does not come back with it, after two crashes and a reboot',
  async (how, gone, there) => {
    const { host, stores, pool, gateway } = await setting()
    if (how === 'forgotten') {
      host.control.endServer()
      await until(() => expect(pool.listEnded()).toHaveLength(1))
      await pool.saveSessionMetadata('docs').catch(() => undefined)
    }
    away(stores[gone])
    if (how === 'deleted') await pool.deleteSession('docs')
    else expect(await pool.forgetEnded({ workspace: 'docs' })).toEqual(['docs'])
    expect((await stores[there].stored()).get('claude-docs')).toMatchObject({ ended: { cause: 'deleted' } })
    await pool.stop({ timeoutMs: 100 })
    // This gateway finds the deletion, and cannot tell it to the store that is still away.
    const second = await gateway()
    await second.discoverExistingSessions()
    await second.stop({ timeoutMs: 100 })
    expect(await has(stores[there])).toBe(true)
    host.control.reboot()
    stores[gone].mend()
    const third = await gateway()
    expect((await third.planResume()).resume).toEqual([])
    expect(third.listEnded()).toEqual([])
    for (const store of stores) await until(async () => expect(await has(store)).toBe(false))
  },
)

test('with all stores there, the record of a deleted session is removed from each at once', async () => {
  const { stores, pool } = await setting()
  await pool.deleteSession('docs')
  for (const store of stores) expect(await has(store)).toBe(false)
})

test('a store that somebody emptied meanwhile gets no record of a deletion', async () => {
  const { stores, emptied, pool } = await setting()
  for (const store of stores) away(store)
  await pool.deleteSession('docs')
  await emptied.deleteMany(['claude-docs'], { signal: new AbortController().signal })
  stores[0].mend()
  await until(() => expect(pool.persistence().stores[0]).toMatchObject({ state: 'attached', dirty: 0 }))
  stores[1].mend()
  await until(() => expect(pool.persistence().stores).toMatchObject([{ dirty: 0 }, { dirty: 0, state: 'attached' }]))
  for (const store of stores) expect(await has(store)).toBe(false)
})
