import { createStoreCalls } from '@sessionkeep/contracts/internal'
import { probe } from '@sessionkeep/replication'
import { describe, expect, test } from 'vitest'
import { type MetadataStore, memoryStore, noneStore } from '../../src/index.ts'
import { memoryHost } from '../../src/testing.ts'
import { silentLogger } from '../support/held-store.ts'
import { makePool } from '../support/pools.ts'
import { clock } from '../support/time.ts'

const { signal } = new AbortController()

async function probed(fields: Partial<MetadataStore>, inner = memoryStore(), timeoutMs = 1000): Promise<string[]> {
  await inner.open?.({ signal, logger: silentLogger })
  const store = { ...inner, ...fields }
  await probe(createStoreCalls(store, timeoutMs), store.capabilities, 'sessionkeep-probe-1')
  const names: string[] = []
  for await (const name of inner.list({ signal })) names.push(name)
  return names
}

describe('probe()', () => {
  test('leaves no record in a store that works', async () => {
    expect(await probed({})).toEqual([])
  })

  test('requires only answers from a store that retains nothing', async () => {
    expect(await probed({}, noneStore())).toEqual([])
  })

  test.each([
    ['accepts a record and does not have it', { setMany: async () => {} }],
    [
      'returns another record',
      { getMany: async (names: readonly string[]) => new Map([[names[0] ?? '', { probe: 1 }]]) },
    ],
    ['returns null', { getMany: async (names: readonly string[]) => new Map([[names[0] ?? '', null]]) }],
  ])('rejects with STORE_UNAVAILABLE for a store that %s', async (_, fields) => {
    await expect(probed(fields)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('did not give it back'),
    })
  })

  test.each(['setMany', 'getMany', 'deleteMany'] as const)('rejects with the error of %s', async (verb) => {
    await expect(probed({ [verb]: () => Promise.reject(new Error('no rights')) })).rejects.toThrow('no rights')
  })

  test.each(['setMany', 'getMany', 'deleteMany'] as const)('rejects with STORE_TIMEOUT when %s hangs', async (verb) => {
    await expect(probed({ [verb]: () => new Promise(() => {}) }, memoryStore(), 20)).rejects.toMatchObject({
      code: 'STORE_TIMEOUT',
    })
  })
})

test('a store that cannot delete gets only one probe record, however often it is tested', async () => {
  const inner = memoryStore()
  const store = { ...inner, name: 'kept', deleteMany: () => Promise.reject(new Error('no rights')) }
  const { pool } = makePool({ host: memoryHost({ clock }), metadata: { store: 'memory' } })
  await pool.start()
  for (let at = 0; at < 3; at += 1) await expect(pool.switchStore(store)).rejects.toThrow('no rights')
  await inner.open?.({ signal, logger: silentLogger })
  const names: string[] = []
  for await (const name of inner.list({ signal })) names.push(name)
  expect(names).toEqual([expect.stringMatching(/^sessionkeep-probe-/)])
})
