import { chmod, mkdir, mkdtemp, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { fileStore } from '../../../store-file/src/index.ts'
import { type MetadataStore, memoryHost, memoryStore } from '../../src/index.ts'
import { heldStore, record } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'

test('R11b stop() saves to a healthy store (20 ms a call) though a session is not ready', async () => {
  const inner = memoryStore()
  const store: MetadataStore = {
    ...inner,
    name: 'slow',
    setMany: async (r, _o) => {
      await sleep(20)
      return inner.setMany(r, { signal: new AbortController().signal })
    },
  }
  const { pool } = makePool({
    host: memoryHost(),
    metadata: { store, flushIntervalMs: 60_000, callDeadlineMs: 1000 },
    ready: (s) => (s.workspace === 'slow' ? new Promise(() => {}) : undefined),
    readyTimeoutMs: 20000,
  })
  await pool.start()
  await Promise.all(Array.from({ length: 40 }, (_, i) => pool.getOrCreateSession(`w${i}`)))
  for (let i = 0; i < 40; i++) pool.trackRequestStart(`w${i}`)
  void pool.getOrCreateSession('slow').catch(() => undefined)
  await sleep(5)
  const report = await pool.stop({ deadlineMs: 2000 })
  expect(report.unsaved).toEqual([])
}, 10000)

test('R46 a directory replaced by another is read before it is written', async () => {
  const base = await mkdtemp('/tmp/rv-')
  const directory = join(base, 'd')
  const host = memoryHost()
  const { pool } = makePool({
    host,
    metadata: { store: fileStore({ directory }), callDeadlineMs: 3000, attachDeadlineMs: 3000 },
  })
  await pool.start()
  const v = await pool.getOrCreateSession('a')
  // a restored backup takes its place: higher count of this very incarnation, and a newer-schema record for b
  await rename(directory, join(base, 'old'))
  await mkdir(directory, 0o700)
  await chmod(directory, 0o700)
  await writeFile(
    join(directory, 'claude-a.json'),
    JSON.stringify(record('claude-a', { incarnation: v.incarnation, totalRequests: 42 })),
  )
  await writeFile(join(directory, 'claude-b.json'), JSON.stringify({ schemaVersion: 2, precious: true }))
  pool.trackRequestStart('a')
  await pool.getOrCreateSession('b')
  await sleep(500)
  console.log(await readFile(join(directory, 'claude-b.json'), 'utf8'), await readdir(directory))
  expect(JSON.parse(await readFile(join(directory, 'claude-b.json'), 'utf8')).precious).toBe(true)
}, 10000)

test('R47 an asynchronous schema is refused when the pool is made', () => {
  const attributes = {
    '~standard': { version: 1 as const, vendor: 't', validate: async (value: unknown) => ({ value }) },
  }
  expect(() => makePool({ host: memoryHost(), attributes: attributes as never })).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID' }),
  )
})

test('R48 unready deletion: create after departures with slow store do not wait long', async () => {
  const held = heldStore()
  const { pool } = makePool({ host: memoryHost(), metadata: { store: held.store, callDeadlineMs: 5000 } })
  await pool.start()
  await pool.getOrCreateSession('a')
  const h = held.holdBefore('setMany')
  pool.trackRequestStart('a')
  await h.reached
  const t = performance.now()
  await pool.getOrCreateSession('b')
  await pool.deleteSession('a', { force: true })
  const took = performance.now() - t
  h.release()
  console.log('took', took)
  expect(took).toBeLessThan(300)
})
