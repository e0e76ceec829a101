import { memoryHost } from '@sessionkeep/contracts/testing'
import { drill } from '@sessionkeep/drill'
import { describe, expect, test, vi } from 'vitest'
import { heldStore } from '../../core/test/support/held-store.ts'
import { makePool } from '../../core/test/support/pools.ts'
import { gateway, SHORT } from './support/drilled.ts'

describe('drill() is refused', () => {
  test.each([
    ['through', 'file'],
    ['through', [{ store: 3 }]],
    ['sessions', 0],
    ['sessions', 1.5],
    ['requestsPerSecond', Number.NaN],
    ['stepMs', -1],
    ['stepMs', '1s'],
    ['timeoutMs', Number.POSITIVE_INFINITY],
    ['force', 'yes'],
    ['signal', {}],
    ['session', 'sh'],
    ['stepms', 5],
  ])('for %s: %j, before anything was changed', async (name, value) => {
    const { pool } = await gateway(heldStore().store)
    await expect(drill(pool, { [name]: value } as never)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
    expect(pool.persistence().effective.epoch).toBe(0)
    expect(pool.listSessions()).toHaveLength(1)
  })

  test('when the pool was not started, or was stopped', async () => {
    const { pool } = makePool({ host: memoryHost(), metadata: { store: heldStore().store } })
    await expect(drill(pool)).rejects.toMatchObject({ code: 'DRILL_REFUSED' })
    await pool.start()
    await pool.stop()
    await expect(drill(pool)).rejects.toMatchObject({ code: 'DRILL_REFUSED' })
  })

  test('while a selection made at run time is active, even with force', async () => {
    const { pool } = await gateway(heldStore().store)
    await pool.rollback()
    await expect(drill(pool, { force: true })).rejects.toMatchObject({
      code: 'DRILL_REFUSED',
      message: expect.stringContaining("switchStore('auto') first"),
    })
    expect(pool.persistence().desired.layer).toBe('runtime')
  })

  test('when persistence is not healthy, unless forced', async () => {
    const store = heldStore()
    const { pool } = await gateway(store.store)
    store.fail('setMany')
    await pool.withRequest('docs', () => undefined)
    await vi.waitFor(() => expect(pool.persistence().effective.reason).toBe('degraded'))
    await expect(drill(pool)).rejects.toMatchObject({ code: 'DRILL_REFUSED', context: { reason: 'degraded' } })
    pool.on('store:switched', () => store.mend())
    const forced = await drill(pool, { ...SHORT, timeoutMs: 100, force: true })
    expect(forced).toMatchObject({ ok: false, restored: 'yes', requests: { lost: 0, unacknowledged: 0 } })
    expect(forced.steps.map(({ catchUpMs }) => catchUpMs === undefined)).toEqual([true, false, false])
  })

  test('while another drill or a switch is running', async () => {
    const [first, second] = [heldStore(), heldStore()]
    const { pool } = await gateway(first.store)
    const drilling = drill(pool, SHORT)
    await expect(drill(pool, SHORT)).rejects.toMatchObject({ code: 'DRILL_REFUSED' })
    await drilling
    const held = second.holdBefore('open')
    const switching = pool.switchStore(second.store)
    await held.reached
    await expect(drill(pool, SHORT)).rejects.toMatchObject({ code: 'DRILL_REFUSED' })
    held.release()
    await switching
  })

  test('when the pool has no room for its sessions', async () => {
    const { pool } = await gateway(heldStore().store, { maxSessions: 4 })
    await expect(drill(pool, SHORT)).rejects.toMatchObject({ code: 'SESSION_LIMIT' })
    await expect(drill(pool, { ...SHORT, sessions: 1 })).resolves.toMatchObject({ ok: true })
  })
})
