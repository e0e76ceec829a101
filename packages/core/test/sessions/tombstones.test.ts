import { expect, test, vi } from 'vitest'
import { memoryHost, type SessionHost } from '../../src/index.ts'
import type { Entry } from '../../src/sessions/session.ts'
import { createDepartures } from '../../src/sessions/tombstones.ts'
import { heldStore } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'

/** A pool over a host whose sessions can look as if their commands had ended, and come to life again. */
async function poolOverOneThatHides() {
  const inner = memoryHost()
  const screen = { hidden: false }
  const host: SessionHost = {
    ...inner,
    list: async () => (await inner.list()).map((session) => ({ ...session, exited: screen.hidden })),
  }
  const held = heldStore()
  const { pool } = makePool({ host, metadata: { store: held.store } })
  await pool.start()
  await pool.getOrCreateSession('a')
  for (let i = 0; i < 9; i += 1) await pool.withRequest('a', () => undefined)
  await pool.saveSessionMetadata('a')
  screen.hidden = true
  await vi.waitFor(() => expect(pool.getSession('a')).toBeUndefined())
  screen.hidden = false
  return { pool, held }
}

test('an incarnation that was not listed for a while keeps its history', async () => {
  const { pool } = await poolOverOneThatHides()
  await pool.discoverExistingSessions()
  await vi.waitFor(() => expect(pool.getSession('a')?.totalRequests).toBe(9))
})

test('an incarnation that was not listed for a while is stored with its history when it is noticed again', async () => {
  const { pool, held } = await poolOverOneThatHides()
  await vi.waitFor(() => expect(pool.getSession('a')).toMatchObject({ totalRequests: 9, saved: true }))
  const stored = (await held.stored()).get('claude-a')
  expect(stored).toMatchObject({ totalRequests: 9 })
  expect(stored?.expiresAt).toBeUndefined()
})

test('a deletion that every store has acknowledged is forgotten', () => {
  const departures = createDepartures()
  const stores = [{}, {}]
  for (let i = 0; i < 200; i += 1) {
    departures.set(`claude-${i}`, {
      incarnation: `${i}`,
      entry: {} as Entry,
      record: null,
      revision: 1,
      pending: new Set(stores),
    })
    departures.acknowledged(`claude-${i}`, stores[0] ?? {})
    expect(departures.isDeleted(`${i}`)).toBe(true)
    departures.acknowledged(`claude-${i}`, stores[1] ?? {})
    expect(departures.isDeleted(`${i}`)).toBe(false)
  }
  expect(departures.names()).toEqual([])
})

test('of deletions that a store never hears of, no more than 10,000 are remembered: the newest', () => {
  const departures = createDepartures()
  for (let i = 0; i <= 10_000; i += 1) {
    const departure = { entry: {} as Entry, record: null, revision: 1, pending: new Set([{}]) }
    departures.set('claude-a', { ...departure, incarnation: `${i}` })
  }
  expect([departures.isDeleted('0'), departures.isDeleted('1'), departures.isDeleted('10000')]).toEqual([
    false,
    true,
    true,
  ])
})
