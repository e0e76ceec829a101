import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSessionPool, type MetadataOptions, type MetadataStore } from '@sessionkeep/core'
import { memoryHost } from '@sessionkeep/core/testing'
import { fileStore } from '@sessionkeep/store-file'
import { expect, onTestFinished, test, vi } from 'vitest'

const silent = { debug() {}, info() {}, warn() {}, error() {} }

/** One host and two directories that outlive the pools; writes to `b` can be made to fail. */
function fixture() {
  const host = memoryHost()
  const directories = ['a', 'b'].map((name) => mkdtempSync(join(tmpdir(), `sessionkeep-apart-${name}-`)))
  onTestFinished(() => {
    for (const directory of directories) rmSync(directory, { recursive: true, force: true })
  })
  const [a = '', b = ''] = directories
  let isDown = false
  const storeB = (): MetadataStore => {
    const store = fileStore({ directory: b })
    return {
      ...store,
      capabilities: store.capabilities,
      async setMany(records, options) {
        if (isDown) throw new Error('down')
        return store.setMany(records, options)
      },
    }
  }
  return {
    storeA: () => fileStore({ directory: a }),
    storeB,
    breakB(down: boolean) {
      isDown = down
    },
    async start(metadata: MetadataOptions) {
      const pool = createSessionPool({ host, metadata: { flushIntervalMs: 5, ...metadata }, logger: silent })
      onTestFinished(async () => void (await pool.stop()))
      await pool.start()
      await pool.getOrCreateSession('docs')
      const save = async (requests: number) => {
        for (let at = 0; at < requests; at += 1) await pool.withRequest('docs', () => undefined)
        return (await pool.saveSessionMetadata('docs')).stores.length
      }
      return { pool, save, total: () => pool.getSession('docs')?.totalRequests }
    },
  }
}

test('ten requests in one store and three in the other, each acknowledged by that store alone, are thirteen when both are back', async () => {
  const { storeA, storeB, breakB, start } = fixture()
  const first = await start({ store: storeA(), mirror: [storeB()] })
  await first.save(5)
  await vi.waitFor(() => expect(first.pool.persistence().oldestDirtyMs).toBe(0))
  breakB(true)
  expect(await first.save(5)).toBe(1)
  await first.pool.stop({ timeoutMs: 500 })

  breakB(false)
  const second = await start({ store: storeB() })
  expect(second.total()).toBe(5)
  await second.save(3)
  await second.pool.stop()

  const third = await start({ store: storeA(), mirror: [storeB()] })
  await vi.waitFor(() => expect(third.pool.persistence().effective.reason).toBe('ok'))
  expect(third.total()).toBe(13)
})

test('a session of forty runs keeps its total, and the counts of the newest runs only', async () => {
  const { storeA, storeB, start } = fixture()
  for (let run = 0; run < 40; run += 1) {
    const { pool, save } = await start({ store: storeA(), mirror: [storeB()] })
    await save(2)
    await pool.stop()
  }
  const { total } = await start({ store: storeB() })
  expect(total()).toBe(80)
  const reader = storeA()
  const { signal } = new AbortController()
  await reader.open?.({ signal, logger: silent, readOnly: true })
  const record = (await reader.getMany(['claude-docs'], { signal })).get('claude-docs')
  await reader.close?.()
  expect(record).toMatchObject({ totalRequests: 80 })
  expect(Object.keys((record as { counts: object }).counts).length).toBeLessThanOrEqual(18)
})

test('a record of six fields is read unchanged, and requests that an older release added to the total are credited once', async () => {
  const { storeA, storeB, start } = fixture()
  const edit = async (stores: readonly MetadataStore[], change: (record: Record<string, unknown>) => object) => {
    const { signal } = new AbortController()
    for (const store of stores) {
      await store.open?.({ signal, logger: silent, readOnly: false })
      const record = (await store.getMany(['claude-docs'], { signal })).get('claude-docs') as Record<string, unknown>
      await store.setMany(new Map([['claude-docs', change(record) as never]]), { signal })
      await store.close?.()
    }
  }
  const both = () => ({ store: storeA(), mirror: [storeB()] })
  const first = await start(both())
  await first.save(4)
  await first.pool.stop()
  // A record written by hand, with the six fields that a record must have.
  await edit([storeA(), storeB()], ({ sessionName, workspace, createdAt, lastActivityAt, status }) => ({
    ...{ sessionName, workspace, createdAt, lastActivityAt, totalRequests: 9, status },
  }))
  const second = await start(both())
  await vi.waitFor(() => expect(second.pool.persistence().effective.reason).toBe('ok'))
  expect(second.total()).toBe(9)
  await second.save(1)
  await second.pool.stop()
  // A write of a release without counts: it raises the total and the revision, and copies the other fields.
  await edit([storeA(), storeB()], (record) => ({
    ...record,
    totalRequests: Number(record.totalRequests) + 5,
    revision: Number(record.revision) + 5,
  }))
  const third = await start(both())
  await vi.waitFor(() => expect(third.pool.persistence().effective.reason).toBe('ok'))
  expect(third.total()).toBe(15)
  await third.save(1)
  await third.pool.stop()
  expect((await start({ store: storeB() })).total()).toBe(16)
})
