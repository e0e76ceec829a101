import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { privateServer } from '../../../tmux/test/support/private-server.ts'
import { memoryHost, memoryStore, type SessionHost } from '../../src/index.ts'
import { fill, heldStore, record } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'

test('R32 mayReap: anything but true spares', async () => {
  const host = memoryHost()
  const { pool } = makePool({
    host,
    metadata: { store: memoryStore() },
    inactivityTimeoutMs: 50,
    cleanupIntervalMs: 20,
    mayReap: (() => 'no') as never,
  })
  await pool.start()
  await pool.getOrCreateSession('a')
  await sleep(300)
  expect((await host.list()).length).toBe(1)
})

test('R33 a mayReap that never answers does not hold up deleteSession', async () => {
  const host = memoryHost()
  const { pool } = makePool({
    host,
    metadata: { store: memoryStore() },
    inactivityTimeoutMs: 50,
    cleanupIntervalMs: 20,
    mayReap: () => new Promise<boolean>(() => {}),
  })
  await pool.start()
  await pool.getOrCreateSession('a')
  await sleep(200)
  const r = await Promise.race([pool.deleteSession('a').then(() => 'done'), sleep(2000).then(() => 'held up')])
  expect(r).toBe('done')
})

test('R34 stop() does not report as unsaved a deletion that a store has', async () => {
  const good = heldStore()
  const bad = heldStore()
  const { pool } = makePool({ host: memoryHost(), metadata: { store: good.store, mirror: [bad.store] } })
  await pool.start()
  await pool.getOrCreateSession('a')
  bad.fail('deleteMany', 'setMany')
  await pool.deleteSession('a')
  expect([...(await good.stored()).keys()]).toEqual([])
  expect((await pool.stop({ deadlineMs: 200 })).unsaved).toEqual([])
})

test('R35 off() of a listener of two events', async () => {
  const { pool } = makePool({ host: memoryHost(), metadata: { store: memoryStore() } })
  const seen: string[] = []
  const f = () => {
    seen.push('x')
  }
  pool.on('session:created', f)
  pool.on('session:gone', f)
  pool.off('session:created', f)
  await pool.start()
  await pool.getOrCreateSession('a')
  expect(seen).toEqual([])
})

test('R36 what launch throws comes through, and its place is free again', async () => {
  const { pool } = makePool({
    host: memoryHost(),
    metadata: { store: memoryStore() },
    launch: () => {
      throw new Error('mine')
    },
  })
  await pool.start()
  await expect(pool.getOrCreateSession('a')).rejects.toThrow('mine')
})

test('R37 tmux: respawned pane keeps history', async () => {
  const server = await privateServer()
  const host = server.host()
  const { pool } = makePool({
    host,
    metadata: { store: memoryStore(), callDeadlineMs: 5000, attachDeadlineMs: 5000 },
    livenessIntervalMs: 50,
  })
  await pool.start()
  await pool.getOrCreateSession('a', { command: 'sleep 1000' })
  await host.tmux(['set-option', '-t', '=claude-a:', 'remain-on-exit', 'on'])
  for (let i = 0; i < 9; i++) await pool.withRequest('a', () => undefined)
  const before = await pool.saveSessionMetadata('a')
  await host.tmux(['respawn-pane', '-k', '-t', '=claude-a:', 'true'])
  for (let i = 0; i < 60 && pool.getSession('a'); i++) await sleep(50)
  expect(pool.getSession('a')).toBeUndefined()
  await host.tmux(['respawn-pane', '-k', '-t', '=claude-a:', 'sleep 1000'])
  await pool.discoverExistingSessions()
  await sleep(100)
  const after = await pool.saveSessionMetadata('a')
  console.log(before, after)
  expect(pool.getSession('a')?.totalRequests).toBe(9)
}, 30000)

test('R38 getOrCreateSession hands out a session that is then reaped at once', async () => {
  const inner = memoryHost()
  let slow = 0
  const host: SessionHost = {
    ...inner,
    list: async () => {
      if (slow) await sleep(slow)
      return inner.list()
    },
  }
  let asked = 0
  const { pool } = makePool({
    host,
    metadata: { store: memoryStore() },
    inactivityTimeoutMs: 300,
    cleanupIntervalMs: 20,
    mayReap: () => {
      asked++
      slow = 60
      return true
    },
    livenessIntervalMs: 5000,
  })
  await pool.start()
  await pool.getOrCreateSession('a')
  while (!asked) await sleep(2)
  const view = await pool.getOrCreateSession('a')
  await sleep(150)
  const live = await inner.list()
  console.log(view.incarnation, live.length)
  expect(live.length).toBe(1)
})

test('R39 record kept when the only listing name is a session exited (respawn while gateway down)', async () => {
  const host = memoryHost()
  const s = await host.create('claude-a', { workspace: 'a', pool: 'claude-', createdAt: 1000 })
  const store = memoryStore()
  await fill(store, [record('claude-a', { incarnation: s.incarnation })])
  host.control.exit('claude-a')
  const held = heldStore(store)
  const { pool } = makePool({ host, metadata: { store: held.store }, orphanTtlMs: 0, cleanupIntervalMs: 20 })
  await pool.start()
  await sleep(100)
  console.log('exited session record:', [...(await held.stored()).keys()], (await host.list()).length)
})

test('R40 stale listing: a reappearing session with unsaved state', async () => {
  const inner = memoryHost()
  let hidden = false
  const host: SessionHost = { ...inner, list: async () => (await inner.list()).map((x) => ({ ...x, exited: hidden })) }
  const held = heldStore()
  const { pool } = makePool({ host, metadata: { store: held.store } })
  await pool.start()
  await pool.getOrCreateSession('a')
  for (let i = 0; i < 9; i++) await pool.withRequest('a', () => undefined)
  await pool.saveSessionMetadata('a')
  hidden = true
  await sleep(100)
  hidden = false
  await sleep(200)
  console.log((await held.stored()).get('claude-a'))
  expect((await held.stored()).get('claude-a')?.totalRequests).toBe(9)
})
