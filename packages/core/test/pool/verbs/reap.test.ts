import { expect, test } from 'vitest'
import { type MetadataStore, memoryStore, type SessionHost, type SessionPool } from '../../../src/index.ts'
import { memoryHost } from '../../../src/testing.ts'
import { faultyStore } from '../../support/faulty-store.ts'
import { gate } from '../../support/gate.ts'
import { fill, heldStore, record } from '../../support/held-store.ts'
import { makePool } from '../../support/pools.ts'
import { clock, until } from '../../support/time.ts'

const REAPING = { inactivityTimeoutMs: 100, cleanupIntervalMs: 20 }
const stampOf = (workspace: string) => ({ workspace, pool: 'claude-', createdAt: 1000 })
const namesOf = async (host: SessionHost) => (await host.list()).map(({ sessionName }) => sessionName)

/** A round of cleaning up goes through the sessions in the order of their creation, so the ones before the idle one have been checked. */
async function reapsTheIdle(pool: SessionPool<Record<string, unknown>>) {
  await pool.getOrCreateSession('idle')
  await until(() => expect(pool.getSession('idle')).toBeUndefined())
}

async function poolOverOneSession(storeOf: (incarnation: string | undefined) => Promise<MetadataStore>) {
  const host = memoryHost({ clock })
  const { incarnation } = await host.create('claude-a', stampOf('a'))
  const { pool } = makePool({ host, metadata: { store: await storeOf(incarnation) }, ...REAPING })
  await pool.start()
  return { host, pool }
}

test('a session whose record cannot be read yet is not reaped', async () => {
  const { host, pool } = await poolOverOneSession(async (incarnation) => {
    const faulty = faultyStore()
    await faulty.plant('claude-a', record('claude-a', { incarnation, status: 'active' }))
    faulty.faults.getMany = 'reject'
    faulty.faults.list = 'reject'
    return faulty.store
  })
  expect(pool.getSession('a')?.verified).toBe(false)
  await reapsTheIdle(pool)
  expect(await namesOf(host)).toEqual(['claude-a'])
})

test('a session whose record is the only one that a store cannot read is not reaped', async () => {
  const { host, pool } = await poolOverOneSession(async (incarnation) => {
    const held = heldStore()
    await fill(held.store, [record('claude-a', { incarnation, status: 'active' })])
    held.failName('getMany', 'claude-a')
    return held.store
  })
  await reapsTheIdle(pool)
  expect(await namesOf(host)).toEqual(['claude-a'])
})

test('a session whose record is of a newer schema is not reaped', async () => {
  const { host, pool } = await poolOverOneSession(async () => {
    const store = memoryStore()
    await fill(store, [{ ...record('claude-a'), schemaVersion: 2, status: 'active' }])
    return store
  })
  await reapsTheIdle(pool)
  expect(await namesOf(host)).toEqual(['claude-a'])
})

test('a session that was drained during a request is not reaped by the next run', async () => {
  const host = memoryHost({ clock })
  const store = memoryStore()
  const one = makePool({ host, metadata: { store } })
  await one.pool.start()
  await one.pool.getOrCreateSession('a')
  one.pool.trackRequestStart('a')
  await one.pool.setDraining('a', true)
  await one.pool.saveSessionMetadata('a')
  await one.pool.stop()
  const { pool } = makePool({ host, metadata: { store }, ...REAPING })
  await pool.start()
  expect(pool.getSession('a')?.status).toBe('draining')
  await reapsTheIdle(pool)
  expect(await namesOf(host)).toEqual(['claude-a'])
})

test('without a store, a session of an earlier run may be at work and is not reaped', async () => {
  const host = memoryHost({ clock })
  const one = makePool({ host, metadata: { store: 'none' } })
  await one.pool.start()
  await one.pool.getOrCreateSession('a')
  one.pool.trackRequestStart('a')
  await one.pool.stop()
  const { pool } = makePool({ host, metadata: { store: 'none' }, ...REAPING })
  await pool.start()
  await reapsTheIdle(pool)
  expect(await namesOf(host)).toEqual(['claude-a'])
})

test('a session is reaped only if mayReap returns true', async () => {
  const host = memoryHost({ clock })
  const asked: string[] = []
  const { pool } = makePool({
    host,
    metadata: { store: memoryStore() },
    ...REAPING,
    mayReap: (({ workspace }: { workspace: string }) => {
      asked.push(workspace)
      return workspace === 'idle' || 'no'
    }) as never,
  })
  await pool.start()
  await pool.getOrCreateSession('a')
  await reapsTheIdle(pool)
  expect(asked).toContain('a')
  expect(await namesOf(host)).toEqual(['claude-a'])
})

test('a mayReap that never settles does not block deleteSession()', async () => {
  const host = memoryHost({ clock })
  const asked = gate()
  const { pool } = makePool({
    host,
    metadata: { store: memoryStore() },
    ...REAPING,
    mayReap: () => {
      asked.open()
      return new Promise<boolean>(() => {})
    },
  })
  await pool.start()
  await pool.getOrCreateSession('a')
  await asked.opened
  await pool.deleteSession('a')
  expect(await namesOf(host)).toEqual([])
}, 5000)

test('a session that getOrCreateSession() returns just before the end is not reaped', async () => {
  const inner = memoryHost({ clock })
  const looking = gate()
  const asked = gate()
  let times = 0
  const host: SessionHost = {
    ...inner,
    list: async () => {
      if (times > 0) await looking.opened
      return inner.list()
    },
  }
  const { pool } = makePool({
    host,
    metadata: { store: memoryStore() },
    ...REAPING,
    livenessIntervalMs: 5000,
    mayReap: () => {
      times += 1
      asked.open()
      return times === 1
    },
  })
  await pool.start()
  await pool.getOrCreateSession('a')
  await asked.opened
  const view = await pool.getOrCreateSession('a')
  looking.open()
  await until(() => expect(times).toBeGreaterThan(1))
  expect(await inner.list()).toMatchObject([{ incarnation: view.incarnation }])
})
