import { expect, test } from 'vitest'
import { type MetadataStore, memoryStore, noneStore, StoreError } from '../../../src/index.ts'
import { memoryHost } from '../../../src/testing.ts'
import { heldStore } from '../../support/held-store.ts'
import { makePool } from '../../support/pools.ts'
import { clock, until } from '../../support/time.ts'

test('persistence() is degraded while one of several sessions cannot be saved', async () => {
  const held = heldStore()
  const { pool } = makePool({ host: memoryHost({ clock }), metadata: { store: held.store } })
  await pool.start()
  await pool.getOrCreateSession('a')
  await pool.getOrCreateSession('b')
  held.failName('setMany', 'claude-a')
  pool.trackRequestStart('a')
  pool.trackRequestStart('b')
  await until(() => {
    expect(pool.getSession('b')?.saved).toBe(true)
    expect(pool.persistence()).toMatchObject({
      effective: { stores: ['memory'], reason: 'degraded' },
      stores: [{ state: 'degraded', dirty: 1 }],
      saved: 1,
      sessions: 2,
    })
  })
})

test('persistence() stays degraded, since the same moment and with the reason, while a store that can be read again writes nothing', async () => {
  const held = heldStore()
  const { pool } = makePool({ host: memoryHost({ clock }), metadata: { store: held.store } })
  await pool.start()
  await pool.getOrCreateSession('a')
  await pool.saveSessionMetadata('a')
  held.fail('setMany')
  pool.trackRequestStart('a')
  await until(() => expect(pool.persistence().effective.reason).toBe('degraded'))
  const since = pool.persistence().stores[0]?.degradedSince
  for (let at = 0; at < 3; at += 1) {
    const writing = held.holdBefore('setMany')
    await until(() => writing.reached)
    expect(pool.persistence()).toMatchObject({
      effective: { stores: ['memory'], reason: 'degraded' },
      stores: [{ state: 'degraded', degradedSince: since, lastError: { message: 'setMany fails.' } }],
    })
    writing.release()
  }
  held.mend()
  await until(() => expect(pool.persistence()).toMatchObject({ effective: { reason: 'ok' }, saved: 1 }))
  expect(pool.persistence().stores[0]).not.toHaveProperty('degradedSince')
})

test('with a store object that keeps nothing persistence is off, and its cost is logged', async () => {
  const { pool, log } = makePool({ host: memoryHost({ clock }), metadata: { store: noneStore() } })
  await pool.start()
  expect(pool.persistence().effective.reason).toBe('off')
  expect(log.lines).toContainEqual(expect.objectContaining({ message: expect.stringMatching(/not kept/) }))
})

test('start() rejects CONFIG_MISSING_PACKAGE with the install command when a store lacks a package', async () => {
  const store: MetadataStore = {
    ...memoryStore(),
    open: () => {
      const options = { context: { package: '@keyv/etcd' } }
      throw new StoreError('STORE_MISCONFIGURED', 'Install it: npm install @keyv/etcd@2.1.1', options)
    },
  }
  const { pool } = makePool({ host: memoryHost({ clock }), metadata: { store } })
  await expect(pool.start()).rejects.toMatchObject({
    code: 'CONFIG_MISSING_PACKAGE',
    message: expect.stringContaining('npm install @keyv/etcd@2.1.1'),
  })
})
