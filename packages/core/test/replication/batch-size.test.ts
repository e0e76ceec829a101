import { performance } from 'node:perf_hooks'
import { afterEach, expect, test, vi } from 'vitest'
import { createPace } from '../../src/replication/batch-size.ts'

afterEach(() => vi.restoreAllMocks())

/** What the pace becomes over calls that take as long as `costOf` says, ms; the clock is the only thing that is not real. */
async function settle(costOf: (names: number) => number): Promise<number> {
  let now = 0
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  const pace = createPace(500)
  for (let call = 0; call < 100; call += 1) {
    const count = pace.size()
    await pace.measure(count, async () => {
      now += costOf(count)
    })
  }
  return pace.size()
}

test('a store with a cost per name is asked in small steps', async () => {
  expect(await settle((names) => names * 2)).toBe(4)
})

test('a store with a cost per call is asked for all at once, however large that cost is', async () => {
  for (const perCall of [0.2, 3, 20, 150]) expect(await settle((names) => perCall + names * 0.001)).toBe(500)
})

test('a store with both is asked for what doubles its cost per call', async () => {
  const size = await settle((names) => 20 + names * 0.5)
  expect(size).toBeGreaterThan(8)
  expect(size).toBeLessThan(100)
})
