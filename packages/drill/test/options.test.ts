import { drill } from '@sessionkeep/drill'
import { expect, test } from 'vitest'
import { heldStore } from '../../core/test/support/held-store.ts'
import { poolOn } from '../../core/test/support/one-session.ts'

test.each<[object, string]>([
  [{ sesions: 1 }, 'did you mean "sessions"?'],
  [{ session: { comand: 'sleep 9' } }, 'session: comand is not an option'],
  [{ session: Promise.resolve({}) }, 'session: must be an object of options, and is a promise'],
])('drill() refuses wrong options before it has created a session: %#', async (options, words) => {
  const { pool } = await poolOn(heldStore().store)
  await expect(drill(pool, options)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining(words),
  })
  expect(pool.listSessions()).toHaveLength(1)
})

test('a drill of a stopped pool is refused with advice', async () => {
  const { pool } = await poolOn(heldStore().store)
  await pool.stop()
  await expect(drill(pool)).rejects.toMatchObject({
    code: 'DRILL_REFUSED',
    message: 'No drill now: the pool was stopped; create another one.',
  })
})

test('a store instance in `through` is used itself, not a copy of it', async () => {
  const { pool } = await poolOn(heldStore().store)
  const second = heldStore()
  const report = await drill(pool, {
    through: [second.store, { store: second.store, mirror: [] }],
    sessions: 1,
    stepMs: 20,
    timeoutMs: 5000,
  })
  expect(report.steps.map(({ stores }) => stores)).toEqual([
    ['held'],
    ['memory'],
    ['held'],
    ['held#2', 'held'],
    ['held#2', 'held'],
    ['held'],
  ])
})
