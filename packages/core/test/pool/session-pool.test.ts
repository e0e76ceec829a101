import { expect, test } from 'vitest'
import { createSessionPool, memoryStore } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { clock } from '../support/time.ts'

const metadataOf = (store: ReturnType<typeof memoryStore>) => ({ store, flushIntervalMs: 20 })

test('a second pool recovers what the first one saved', async () => {
  const host = memoryHost({ clock })
  const store = memoryStore()
  const first = createSessionPool({ clock, host, metadata: metadataOf(store) })
  await first.start()
  const made = await first.getOrCreateSession('test')
  expect(made).toMatchObject({
    workspace: 'test',
    sessionName: 'claude-test',
    totalRequests: 0,
    status: 'idle',
    saved: true,
    verified: true,
  })
  first.trackRequestStart('test')
  first.trackRequestComplete('test')
  const last = first.getSession('test')
  expect(last?.totalRequests).toBe(1)
  expect(await first.stop()).toEqual({ saved: 1, unsaved: [] })

  const second = createSessionPool({ clock, host, metadata: metadataOf(store) })
  await second.start()
  expect(second.getSession('test')).toMatchObject({
    createdAt: made.createdAt,
    totalRequests: 1,
    status: 'idle',
    lastActivityAt: last?.lastActivityAt,
    origin: 'stored',
    verified: true,
    saved: true,
  })
  second.trackRequestStart('test')
  expect(await second.saveSessionMetadata('test')).toMatchObject({ stores: ['memory'], durability: 'none' })
  await second.deleteSession('test', { force: true })
  expect(second.listSessions()).toEqual([])
  const names: string[] = []
  for await (const name of store.list({ signal: new AbortController().signal })) names.push(name)
  expect(names).toEqual([])
  await second.stop()
})
