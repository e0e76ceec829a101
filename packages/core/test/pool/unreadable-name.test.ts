import { expect, onTestFinished, test } from 'vitest'
import { createSessionPool, type MetadataStore, memoryStore, StoreError } from '../../src/index.ts'
import { StoreBatchError } from '../../src/store.ts'
import { memoryHost } from '../../src/testing.ts'
import { fill, silentLogger } from '../support/held-store.ts'
import { clock, until } from '../support/time.ts'

test('a session created while its name cannot be read does not overwrite a record of a newer release', async () => {
  const inner = memoryStore()
  const newer = { schemaVersion: 2, whatever: true }
  await fill(inner, [{ ...newer, sessionName: 'claude-a' }])
  const signal = new AbortController().signal
  let isTorn = true
  const store: MetadataStore = {
    ...inner,
    async getMany(names, options) {
      if (!isTorn || !names.includes('claude-a')) return inner.getMany(names, options)
      const failed = new Map([['claude-a', new StoreError('STORE_UNAVAILABLE', 'Not this one, not now.')]])
      const others = names.filter((name) => name !== 'claude-a')
      throw new StoreBatchError(failed, await inner.getMany(others, options))
    },
  }
  const pool = createSessionPool({
    clock,
    host: memoryHost({ clock }),
    metadata: { store, flushIntervalMs: 5, ackTimeoutMs: 20, saveTimeoutMs: 200 },
    livenessIntervalMs: 10,
    logger: silentLogger,
  })
  onTestFinished(async () => void (await pool.stop({ timeoutMs: 200 })))
  await pool.start()
  await pool.getOrCreateSession('a')
  expect((await inner.getMany(['claude-a'], { signal })).get('claude-a')).toMatchObject(newer)
  isTorn = false
  const refused = () => expect(pool.saveSessionMetadata('a')).rejects.toThrow(/it is left alone/)
  await until(refused)
  expect((await inner.getMany(['claude-a'], { signal })).get('claude-a')).toMatchObject(newer)
})
