import { performance } from 'node:perf_hooks'
import { afterEach, expect, test, vi } from 'vitest'
import { createBatchSize } from '../../src/stores/batch-size.ts'

afterEach(() => vi.restoreAllMocks())

/** The batch size after a hundred calls that take `costOf(names)` ms each; only the clock is not real. */
async function settle(costOf: (names: number) => number): Promise<number> {
  let now = 0
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  const batchSize = createBatchSize(500)
  for (let call = 0; call < 100; call += 1) {
    const count = batchSize.current()
    await batchSize.measure(count, async () => {
      now += costOf(count)
    })
  }
  return batchSize.current()
}

test('a store whose time grows with each name gets small batches', async () => {
  expect(await settle((names) => names * 2)).toBe(4)
})

test('a store whose time is per call gets the largest batch, however long a call takes', async () => {
  for (const perCall of [0.2, 3, 20, 150]) expect(await settle((names) => perCall + names * 0.001)).toBe(500)
})

test('a store with a time per call and per name gets a batch in between', async () => {
  const size = await settle((names) => 20 + names * 0.5)
  expect(size).toBeGreaterThan(8)
  expect(size).toBeLessThan(100)
})

test('a call that fails is followed by one with half as many names, down to a single one, until one succeeds', async () => {
  const batchSize = createBatchSize(500)
  for (let call = 0; call < 20; call += 1) await batchSize.measure(batchSize.current(), async () => undefined)
  expect(batchSize.current()).toBe(500)
  const sizes: number[] = []
  for (let call = 0; call < 10; call += 1) {
    const failing = batchSize.measure(batchSize.current(), () => Promise.reject(new Error('too slow')))
    await expect(failing).rejects.toThrow('too slow')
    sizes.push(batchSize.current())
  }
  expect(sizes).toEqual([250, 125, 62, 31, 15, 7, 3, 1, 1, 1])
  for (let call = 0; call < 20; call += 1) await batchSize.measure(batchSize.current(), async () => undefined)
  expect(batchSize.current()).toBe(500)
})
