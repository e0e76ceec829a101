import { virtualClock } from '@sessionkeep/contracts/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createLine } from '../src/index.ts'

/** Runs jobs of `ms` each, and notes the order of their starts and the most at one time. */
function started(clock: ReturnType<typeof virtualClock>, line: ReturnType<typeof createLine>) {
  const order: string[] = []
  const times: number[] = []
  let running = 0
  let most = 0
  const job = (key: string, isUrgent = false, ms = 100) =>
    line.run(key, isUrgent, async () => {
      order.push(key)
      times.push(clock.now())
      running += 1
      most = Math.max(most, running)
      await new Promise<void>((resolve) => clock.after(ms, resolve))
      running -= 1
    })
  return { job, order, times, most: () => most }
}

test('what waits is started in order, so many at one time, and apart', async () => {
  const clock = virtualClock()
  const { job, order, times, most } = started(clock, createLine({ concurrency: 2, spacingMs: 30, clock }))
  const all = Promise.all(['a', 'b', 'c', 'd'].map((key) => job(key)))
  await clock.advance(1000)
  await all
  expect(order).toEqual(['a', 'b', 'c', 'd'])
  expect(most()).toBe(2)
  expect(times).toEqual([0, 30, 100, 130])
})

test('what is hurried is next, and waits for a free place alone', async () => {
  const clock = virtualClock()
  const line = createLine({ concurrency: 1, spacingMs: 500, clock })
  const { job, order, times } = started(clock, line)
  const all = Promise.all(['a', 'b', 'c'].map((key) => job(key)))
  await clock.advance(50)
  line.hurry('c')
  await clock.advance(2000)
  await all
  expect(order).toEqual(['a', 'c', 'b'])
  expect(times).toEqual([0, 100, 600])
})

test('a job that fails frees its place', async () => {
  const clock = virtualClock()
  const line = createLine({ concurrency: 1, spacingMs: 0, clock })
  await expect(line.run('a', false, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await line.run('b', false, async () => 1)).toBe(1)
})

test('clearing rejects what waits, and lets go on what runs', async () => {
  const clock = virtualClock()
  const line = createLine({ concurrency: 1, spacingMs: 0, clock })
  const { job } = started(clock, line)
  const first = job('a')
  const second = expect(job('b')).rejects.toThrow('stopped')
  line.clear(new Error('stopped'))
  await second
  await clock.advance(200)
  await first
})

test('never more run at one time than may, whatever comes', async () => {
  const one = fc.record({ ms: fc.nat(50), isUrgent: fc.boolean(), after: fc.nat(30) })
  await fc.assert(
    fc.asyncProperty(fc.array(one, { maxLength: 20 }), fc.integer({ min: 1, max: 4 }), async (jobs, concurrency) => {
      const clock = virtualClock()
      const { job, order, most } = started(clock, createLine({ concurrency, spacingMs: 5, clock }))
      const running: Promise<void>[] = []
      for (const [at, { ms, isUrgent, after }] of jobs.entries()) {
        running.push(job(`j${at}`, isUrgent, ms))
        await clock.advance(after)
      }
      await clock.advance(3000)
      await Promise.all(running)
      expect(order).toHaveLength(jobs.length)
      expect(most()).toBeLessThanOrEqual(concurrency)
    }),
  )
})

test('what is dropped is rejected, unless it was hurried or runs', async () => {
  const clock = virtualClock()
  const line = createLine({ concurrency: 1, spacingMs: 0, clock })
  const { job, order } = started(clock, line)
  const all = Promise.allSettled(['runs', 'dropped', 'hurried'].map((key) => job(key)))
  line.hurry('hurried')
  for (const key of ['runs', 'dropped', 'hurried', 'unknown']) line.drop(key, new Error('given up'))
  await clock.advance(1000)
  expect((await all).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(order).toEqual(['runs', 'hurried'])
})
