import { expect, test } from 'vitest'
import { type MetadataStore, memoryStore, type SessionHost } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { gate } from '../support/gate.ts'
import { heldStore } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'
import { clock, sleep } from '../support/time.ts'

test('start() resolves when the host cannot be opened', async () => {
  const host: SessionHost = {
    ...memoryHost({ clock }),
    open: async () => {
      throw Object.assign(new Error('down'), { code: 'HOST_UNAVAILABLE' })
    },
  }
  const { pool } = makePool({ host, metadata: { store: memoryStore() } })
  await expect(pool.start()).resolves.toBeUndefined()
})

const slowly: MetadataStore = memoryStore()
test.each<[string, MetadataStore, number]>([
  ['an instant store', memoryStore(), 300],
  [
    'a store of 20 ms a call',
    {
      ...slowly,
      setMany: async (records) => {
        await sleep(20)
        return slowly.setMany(records, { signal: new AbortController().signal })
      },
    },
    2000,
  ],
])('stop() saves every session to %s while a session never becomes ready', async (_, store, timeoutMs) => {
  const waiting = gate()
  const { pool } = makePool({
    host: memoryHost({ clock }),
    metadata: { store, flushIntervalMs: 60_000, callTimeoutMs: 1000 },
    ready: ({ workspace }) => {
      if (workspace !== 'slow') return undefined
      waiting.open()
      return new Promise(() => {})
    },
    readyTimeoutMs: 20_000,
  })
  await pool.start()
  const workspaces = Array.from({ length: 40 }, (_, i) => `w${i}`)
  await Promise.all(workspaces.map((workspace) => pool.getOrCreateSession(workspace)))
  for (const workspace of workspaces) pool.trackRequestStart(workspace)
  pool.getOrCreateSession('slow').catch(() => undefined)
  await waiting.opened
  expect((await pool.stop({ timeoutMs })).unsaved).toEqual([])
})

test('stop() does not report a deletion as unsaved when one of two stores has acknowledged it', async () => {
  const good = heldStore()
  const bad = heldStore()
  const { pool } = makePool({ host: memoryHost({ clock }), metadata: { store: good.store, mirror: [bad.store] } })
  await pool.start()
  await pool.getOrCreateSession('a')
  bad.fail('deleteMany', 'setMany')
  await pool.deleteSession('a')
  // The other store may come back with its record after a crash, so this one remembers the deletion.
  expect((await good.stored()).get('claude-a')).toMatchObject({ ended: { cause: 'deleted' } })
  expect((await pool.stop({ timeoutMs: 200 })).unsaved).toEqual([])
})

test('terminate() also ends a session that is being created', async () => {
  const inner = memoryHost({ clock })
  const made = gate()
  const answer = gate()
  const host: SessionHost = {
    ...inner,
    create: async (...args) => {
      const session = await inner.create(...args)
      made.open()
      await answer.opened
      return session
    },
  }
  const { pool } = makePool({ host, metadata: { store: memoryStore() } })
  await pool.start()
  const making = pool.getOrCreateSession('a').catch(() => undefined)
  await made.opened
  const terminating = pool.terminate()
  await sleep(30)
  answer.open()
  expect((await terminating).terminated).toEqual(['a'])
  await making
  expect(await inner.list()).toEqual([])
})

test('terminate() removes the last screen of a session whose command has exited', async () => {
  const host = memoryHost({ clock })
  const held = heldStore()
  const { pool } = makePool({ host, metadata: { store: held.store } })
  await pool.start()
  await pool.getOrCreateSession('a')
  host.control.exit('claude-a')
  await pool.terminate()
  expect(await host.list()).toEqual([])
  expect([...(await held.stored()).keys()]).toEqual([])
})
