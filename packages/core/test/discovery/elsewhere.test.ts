import { describe, expect, test, vi } from 'vitest'
import { memoryStore, type SessionHost } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { fill, record } from '../support/held-store.ts'
import { recordingLogger } from '../support/log.ts'
import { makePool } from '../support/pools.ts'
import { clock, until } from '../support/time.ts'

const { signal } = new AbortController()

/** A store with the record of a session on a server that this host cannot reach, as long as `lives` is true. */
async function twoServers() {
  const store = memoryStore()
  const first = makePool({ host: memoryHost({ clock }), metadata: { store } }).pool
  await first.start()
  const { incarnation } = await first.getOrCreateSession('a')
  for (let i = 0; i < 42; i += 1) await first.withRequest('a', () => undefined)
  await first.stop()
  const other = { lives: true, fails: false }
  const inner = memoryHost({ clock })
  // The incarnations of a memory host start anew with each, so this one must have its own.
  await inner.kill(inner.control.add('unused'))
  const host: SessionHost = {
    ...inner,
    async elsewhere(asked) {
      if (other.fails) throw new Error('no /proc')
      return new Map(other.lives && asked.includes(String(incarnation)) ? [[String(incarnation), 'Its pid is 7.']] : [])
    },
  }
  /** The stored record. No pool may be running. */
  const record = async () => {
    await store.open?.({ signal, logger: recordingLogger().logger })
    const found = await store.getMany(['claude-a'], { signal })
    await store.close?.()
    return found.get('claude-a')
  }
  return { store, host, other, record }
}

describe('the record of a session that lives elsewhere', () => {
  test('is neither an orphan nor overwritten, and its workspace gets no second session', async () => {
    const { store, host, record } = await twoServers()
    const before = await record()
    const { pool, log } = makePool({ host, metadata: { store } })
    await pool.start()
    await expect(pool.getOrCreateSession('a')).rejects.toMatchObject({
      code: 'SESSION_ELSEWHERE',
      message: expect.stringContaining('Its pid is 7.'),
    })
    const report = await pool.discoverExistingSessions()
    expect(report).toMatchObject({
      orphaned: [],
      problems: [{ sessionName: 'claude-a', code: 'STORE_RECORD_FOREIGN' }],
    })
    await pool.getOrCreateSession('b')
    await pool.stop()
    expect(await record()).toEqual(before)
    const told = log.lines.filter(({ message }) =>
      message.startsWith('A session lives where this host cannot reach it'),
    )
    expect(told).toHaveLength(1)
  })

  test('is an orphan once that session has ended, and its workspace can be used', async () => {
    const { store, host, other } = await twoServers()
    const { pool } = makePool({ host, metadata: { store } })
    await pool.start()
    await expect(pool.getOrCreateSession('a')).rejects.toMatchObject({ code: 'SESSION_ELSEWHERE' })
    other.lives = false
    expect(await pool.getOrCreateSession('a')).toMatchObject({ created: true, totalRequests: 0 })
  })

  test('is not overwritten by a session that was created before the store could be read', async () => {
    const { store, host, record } = await twoServers()
    const before = await record()
    let isDown = true
    const getMany = vi.fn(async (...args: Parameters<typeof store.getMany>) => {
      if (isDown) throw new Error('down')
      return store.getMany(...args)
    })
    const { pool } = makePool({ host, metadata: { store: { ...store, getMany } } })
    await pool.start()
    await pool.getOrCreateSession('a')
    isDown = false
    await until(() => expect(pool.persistence().stores[0]?.lastError?.code).toBe('STORE_RECORD_FOREIGN'))
    await pool.stop()
    expect(await record()).toEqual(before)
  })

  test('is left alone as long as nobody can see whether it lives', async () => {
    const { store, host, other, record } = await twoServers()
    const before = await record()
    other.fails = true
    const { pool } = makePool({ host, metadata: { store } })
    await pool.start()
    expect((await pool.discoverExistingSessions()).orphaned).toEqual([])
    await pool.stop()
    expect(await record()).toEqual(before)
  })
})

test('of thousands of records of sessions elsewhere, the first twenty are logged one by one', async () => {
  const store = memoryStore()
  const names = Array.from({ length: 3000 }, (_, at) => `claude-e${at}`)
  await fill(
    store,
    names.map((name) => record(name, { workspace: name.slice(7), incarnation: name })),
  )
  const host: SessionHost = {
    ...memoryHost({ clock }),
    elsewhere: async (asked) => new Map(asked.map((incarnation) => [incarnation, 'Its pid is 7.'])),
  }
  const { pool, log } = makePool({ host, metadata: { store } })
  await pool.start()
  await pool.discoverExistingSessions()
  const told = log.lines.filter(({ message }) => message.includes('where this host cannot reach'))
  expect(told).toHaveLength(21)
  expect(told.at(-1)?.fields).toEqual({ count: 2980 })
  await pool.stop()
})
