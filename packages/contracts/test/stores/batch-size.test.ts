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
