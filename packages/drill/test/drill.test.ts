import { memoryHost } from '@sessionkeep/contracts/testing'
import type { SessionPool } from '@sessionkeep/core'
import { drill } from '@sessionkeep/drill'
import { describe, expect, test, vi } from 'vitest'
import { heldStore } from '../../core/test/support/held-store.ts'
import { makePool } from '../../core/test/support/pools.ts'
import { gateway, INITIAL_STATE, SHORT, stateOf } from './support/drilled.ts'

describe('drill()', () => {
  test('detaches and attaches the stores under load, loses nothing, and restores the pool', async () => {
    const store = heldStore()
    const { pool } = await gateway(store.store)
    const report = await drill(pool, { ...SHORT, stepMs: 250 })
    expect(report).toMatchObject({
      ok: true,
      restored: 'yes',
      notDeleted: [],
      errors: [],
      requests: { lost: 0, unacknowledged: 0 },
      steps: [
        { action: 'steady', stores: ['held'], switchMs: 0, unsaved: 0 },
        { action: 'detach', stores: ['memory'] },
        { action: 'attach', stores: ['held'] },
      ],
    })
    expect(report.requests.counted).toBe(report.requests.made)
    for (const { requests, catchUpMs } of report.steps) {
      expect(requests).toBeGreaterThan(10)
      expect(catchUpMs).toEqual(expect.any(Number))
    }
    expect(report.requests.longestMs).toBeGreaterThanOrEqual(report.requests.p999Ms)
    expect(report.creates.made).toBeGreaterThan(0)
    expect(report.deletes.made).toBe(report.creates.made)
    expect(report.dirtyPeak.names).toBeGreaterThan(0)
    expect(stateOf(pool)).toEqual(INITIAL_STATE)
    expect([...(await store.stored()).keys()]).toEqual(['claude-docs'])
  })

  test('switches through the given selections, and then back', async () => {
    const [first, second, third] = [heldStore(), heldStore(), heldStore()]
    const { pool } = await gateway(first.store)
    const through = [second.store, { store: third.store, mirror: [second.store] }, 'memory']
    const report = await drill(pool, { ...SHORT, through })
    expect(report.errors).toEqual([])
    expect(report.steps.map(({ action, stores }) => [action, stores.length])).toEqual([
      ['steady', 1],
      ['detach', 1],
      ['attach', 1],
      ['switch', 2],
      ['switch', 3],
      ['switch', 1],
      ['attach', 1],
    ])
    expect(report.ok).toBe(true)
    expect(stateOf(pool)).toEqual(INITIAL_STATE)
    expect([...(await first.stored()).keys()]).toEqual(['claude-docs'])
    expect((await second.stored()).get('claude-docs')).toMatchObject({ totalRequests: 3 })
  })

  test('works while persistence is off', async () => {
    const { pool } = await gateway('none')
    expect(await drill(pool, SHORT)).toMatchObject({ ok: true, requests: { lost: 0, unacknowledged: 0 } })
    expect(stateOf(pool)).toEqual({ ...INITIAL_STATE, reason: 'off' })
  })

  test('reports as lost the requests that the pool did not count', async () => {
    const { pool } = await gateway(heldStore().store)
    let asked = 0
    const lossy: SessionPool<Record<string, unknown>> = {
      ...pool,
      async withRequest(workspace, run) {
        asked += 1
        const session = pool.getSession(workspace)
        return asked % 10 === 0 && session ? run(session) : pool.withRequest(workspace, run)
      },
    }
    const report = await drill(lossy, SHORT)
    expect(report.ok).toBe(false)
    expect(report.requests.lost).toBe(Math.floor(report.requests.made / 10))
  })

  test('reports requests that no store has acknowledged', async () => {
    const store = heldStore()
    const { pool } = await gateway(store.store)
    const drilling = drill(pool, { ...SHORT, timeoutMs: 100 })
    await vi.waitFor(() => expect(pool.persistence().effective.epoch).toBe(2))
    store.fail('setMany')
    const report = await drilling
    expect(report.ok).toBe(false)
    expect(report.requests).toMatchObject({ lost: 0, unacknowledged: report.requests.made })
    expect(report.errors).toContainEqual(expect.objectContaining({ during: 'save', code: 'STORE_UNAVAILABLE' }))
  })

  test('goes on when a store cannot be opened, and reports why', async () => {
    const [first, second] = [heldStore(), heldStore()]
    const { pool } = await gateway(first.store)
    second.fail('open')
    const report = await drill(pool, { ...SHORT, through: [second.store, 'fiel'] })
    expect(report).toMatchObject({ ok: false, restored: 'yes', requests: { lost: 0, unacknowledged: 0 } })
    expect(report.steps.slice(3)).toMatchObject([
      { action: 'switch', error: { code: 'STORE_UNAVAILABLE' } },
      { action: 'switch', error: { code: 'CONFIG_UNKNOWN_STORE' } },
      { action: 'attach' },
    ])
    expect(stateOf(pool)).toEqual(INITIAL_STATE)
  })

  test('tries again to attach the configured store until it can be opened', async () => {
    const store = heldStore()
    const { pool } = await gateway(store.store)
    const drilling = drill(pool, SHORT)
    await vi.waitFor(() => expect(pool.persistence().desired.layer).toBe('runtime'))
    store.fail('open')
    setTimeout(() => store.mend(), 300)
    const report = await drilling
    expect(report).toMatchObject({ ok: false, restored: 'yes', requests: { lost: 0, unacknowledged: 0 } })
    expect(report.steps.at(-1)).toMatchObject({ action: 'attach', error: { code: 'STORE_UNAVAILABLE' } })
    expect(stateOf(pool)).toEqual(INITIAL_STATE)
  })

  test('restores everything when aborted, and rejects with the reason', async () => {
    const store = heldStore()
    const { pool } = await gateway(store.store)
    const aborting = new AbortController()
    const drilling = drill(pool, { ...SHORT, stepMs: 60_000, signal: aborting.signal })
    await vi.waitFor(() => expect(pool.listSessions().length).toBeGreaterThan(2))
    aborting.abort(new Error('enough'))
    await expect(drilling).rejects.toThrow('enough')
    expect(stateOf(pool)).toEqual(INITIAL_STATE)
    await expect(drill(pool, { signal: aborting.signal })).rejects.toThrow('enough')
  })

  test('keeps the selection that another caller makes meanwhile', async () => {
    const store = heldStore()
    const { pool } = await gateway(store.store)
    const drilling = drill(pool, { ...SHORT, stepMs: 200 })
    await vi.waitFor(() => expect(pool.persistence().desired.layer).toBe('runtime'))
    await pool.rollback({ reason: 'the disk burns' })
    const report = await drilling
    expect(report).toMatchObject({ ok: false, restored: 'superseded', notDeleted: [] })
    expect(report.steps.map(({ action }) => action)).toEqual(['steady', 'detach'])
    expect(pool.persistence().desired).toMatchObject({ store: 'memory', reason: 'the disk burns' })
    expect(pool.listSessions().map(({ workspace }) => workspace)).toEqual(['docs'])
  })

  test('ends when the pool is stopped meanwhile', async () => {
    const { pool } = await gateway(heldStore().store)
    const drilling = drill(pool, SHORT)
    await vi.waitFor(() => expect(pool.listSessions().length).toBeGreaterThan(2))
    await pool.stop()
    const report = await drilling
    expect(report.ok).toBe(false)
    expect(report.notDeleted.length).toBeGreaterThan(0)
    expect(report.errors).toContainEqual(expect.objectContaining({ code: 'POOL_STOPPED' }))
  })

  test('deletes its sessions when one cannot be created', async () => {
    const host = memoryHost()
    const { create } = host
    const { pool } = makePool({
      host: {
        ...host,
        create: (name, options) =>
          name.endsWith('-2') ? Promise.reject(new Error('no room')) : create.call(host, name, options),
      },
      metadata: { store: heldStore().store },
    })
    await pool.start()
    await expect(drill(pool, SHORT)).rejects.toThrow('no room')
    expect(await host.list()).toEqual([])
    expect(pool.persistence().effective.epoch).toBe(0)
  })

  test('starts its sessions with the given options', async () => {
    const host = memoryHost()
    const { pool } = makePool({ host, metadata: { store: heldStore().store } })
    await pool.start()
    const seen: unknown[] = []
    pool.on('session:created', ({ session }) => seen.push(session.attributes))
    await drill(pool, { ...SHORT, session: { attributes: { drill: true } } })
    expect(seen.length).toBeGreaterThan(2)
    expect(new Set(seen.map((attributes) => JSON.stringify(attributes)))).toEqual(new Set(['{"drill":true}']))
  })
})
