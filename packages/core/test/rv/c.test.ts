import { mkdtemp, readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { fileStore } from '../../../store-file/src/index.ts'
import { memoryHost, memoryStore, type SessionHost } from '../../src/index.ts'
import { fill, heldStore, record } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'

test('R23 a session that the old gateway deleted does not get its file back when the new one takes over', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'rv-'))
  const host = memoryHost()
  const q = { callDeadlineMs: 3000, attachDeadlineMs: 3000 }
  const one = makePool({ host, metadata: { store: fileStore({ directory }), ...q } })
  await one.pool.start()
  await one.pool.getOrCreateSession('a')
  const two = makePool({ host, metadata: { store: fileStore({ directory }), ...q } })
  await two.pool.start()
  expect(two.pool.persistence().effective.reason).toBe('locked')
  expect(two.pool.getSession('a')).toBeDefined()
  await one.pool.deleteSession('a')
  expect((await readdir(directory)).filter((n) => n.endsWith('.json'))).toEqual([])
  await sleep(60)
  await one.pool.stop()
  await sleep(400)
  expect(two.pool.persistence().effective.reason).toBe('ok')
  await sleep(100)
  expect((await readdir(directory)).filter((n) => n.endsWith('.json'))).toEqual([])
}, 20000)

test('R24 a session that was found conflicting keeps its record from expiring', async () => {
  const host = memoryHost()
  // X was renamed by a person to claude-b while no gateway ran; its record says workspace a
  const x = await host.create('claude-b', { workspace: 'a', pool: 'claude-', createdAt: 1000 })
  const y = await host.create('claude-a', { workspace: 'a', pool: 'claude-', createdAt: 500 })
  const store = memoryStore()
  await fill(store, [
    record('claude-old', { workspace: 'a', incarnation: x.incarnation }),
    record('claude-a', { workspace: 'a', incarnation: y.incarnation }),
  ])
  const held = heldStore(store)
  const { pool } = makePool({ host, metadata: { store: held.store } })
  await pool.start()
  await sleep(60)
  const r = await pool.discoverExistingSessions()
  console.log(r.conflicts, r.orphaned, [...(await held.stored())])
  expect(r.conflicts.length).toBe(1)
  expect((await held.stored()).get('claude-old')?.expiresAt).toBeUndefined()
})

test('R25 departed stays bounded without surveys', async () => {
  const host = memoryHost()
  const { pool } = makePool({ host, metadata: { store: memoryStore() }, livenessIntervalMs: 60000 })
  await pool.start()
  let t = 0
  host.list = (async (l: typeof host.list) => {
    t++
    return l()
  }).bind(null, host.list) as never
  for (let i = 0; i < 200; i++) {
    await pool.getOrCreateSession(`w${i}`)
    await pool.deleteSession(`w${i}`)
  }
  console.log('lists', t)
})

test('R26 a store that goes away for reading only: adopted session overwritten?', async () => {
  const host = memoryHost()
  const store = memoryStore()
  const held = heldStore(store)
  const { pool } = makePool({ host, metadata: { store: held.store } })
  await pool.start()
  await fill(memoryStore(), [])
  // a session of an earlier run appears late (host slow), its getMany fails by name
  held.failName('getMany', 'claude-a')
  const s = await host.create('claude-a', { workspace: 'a', pool: 'claude-', createdAt: 1000 })
  void s
  await sleep(80)
  expect(pool.getSession('a')?.verified).toBe(false)
  pool.trackRequestStart('a')
  await sleep(80)
  expect((await held.stored()).has('claude-a')).toBe(false)
})

test('R27 gone, then created again under its name while the store was down: not inherited; orphan kept?', async () => {
  const host = memoryHost()
  const held = heldStore()
  const { pool } = makePool({ host, metadata: { store: held.store } })
  await pool.start()
  await pool.getOrCreateSession('a')
  await pool.deleteSession('a')
  await pool.getOrCreateSession('a')
  await sleep(50)
  expect((await held.stored()).get('claude-a')?.totalRequests).toBe(0)
})

test('R28 deleting a session whose command has exited', async () => {
  const host = memoryHost()
  const held = heldStore()
  const { pool } = makePool({ host, metadata: { store: held.store } })
  await pool.start()
  await pool.getOrCreateSession('a')
  host.control.exit('claude-a')
  await sleep(60)
  const e = await pool.deleteSession('a').catch((x: unknown) => x)
  console.log('delete of exited:', (e as { code?: string })?.code, (await host.list()).length, [
    ...(await held.stored()).keys(),
  ])
})

test('R29 terminate leaves exited sessions?', async () => {
  const host = memoryHost()
  const { pool } = makePool({ host, metadata: { store: memoryStore() } })
  await pool.start()
  await pool.getOrCreateSession('a')
  host.control.exit('claude-a')
  await pool.terminate()
  console.log(
    'after terminate',
    (await host.list()).map((s) => [s.sessionName, s.exited]),
  )
})

test('R30 not ready and cannot be ended: the next call does not hand it out unready', async () => {
  const inner = memoryHost()
  let fail = true
  const host: SessionHost = {
    ...inner,
    kill: async (r) => {
      if (fail) throw Object.assign(new Error('x'), { code: 'HOST_UNAVAILABLE' })
      return inner.kill(r)
    },
  }
  const { pool } = makePool({ host, metadata: { store: memoryStore() }, ready: () => Promise.reject(new Error('no')) })
  await pool.start()
  await expect(pool.getOrCreateSession('a')).rejects.toMatchObject({ code: 'SESSION_NOT_READY' })
  await sleep(60)
  const again = await pool.getOrCreateSession('a').catch((e: { code: string }) => e.code)
  fail = false
  expect(again).toBe('HOST_UNAVAILABLE')
})

test('R31 the old gateway slow request completes after restart with record; two pools in one process on one flag lose nothing', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'rv-'))
  const host = memoryHost()
  const q = { callDeadlineMs: 3000, attachDeadlineMs: 3000 }
  const one = makePool({ host, metadata: { store: fileStore({ directory }), ...q } })
  await one.pool.start()
  await one.pool.getOrCreateSession('a')
  const two = makePool({ host, metadata: { store: fileStore({ directory }), ...q } })
  await two.pool.start()
  for (let i = 0; i < 5; i++) {
    one.pool.trackRequestStart('a')
    two.pool.trackRequestStart('a')
    await sleep(5)
  }
  await one.pool.stop()
  await sleep(400)
  await two.pool.saveSessionMetadata('a')
  const r = JSON.parse(await readFile(join(directory, 'claude-a.json'), 'utf8'))
  expect(r.totalRequests).toBe(10)
}, 20000)
