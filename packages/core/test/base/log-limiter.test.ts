import { performance } from 'node:perf_hooks'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createLogLimiter } from '../../src/base/log-limiter.ts'

let now = 0
beforeEach(() => {
  now = 1000
  vi.spyOn(performance, 'now').mockImplementation(() => now)
})
afterEach(() => {
  vi.restoreAllMocks()
})
const advance = (ms: number) => {
  now += ms
}

test('the first time is said, and the next ones are counted until a minute has passed', () => {
  const occasional = createLogLimiter()
  expect(occasional.happened()).toBe('first')
  advance(59_999)
  expect(occasional.happened()).toBeUndefined()
  advance(1)
  expect(occasional.happened()).toEqual({ times: 3, sinceMs: 60_000 })
  expect(occasional.happened()).toBeUndefined()
  advance(60_000)
  expect(occasional.happened()).toEqual({ times: 5, sinceMs: 120_000 })
})

test('as many as are wanted are said one by one', () => {
  const occasional = createLogLimiter({ burst: 3, summaryMs: 100 })
  expect([1, 2, 3, 4].map(() => occasional.happened())).toEqual(['first', 'first', 'first', undefined])
  advance(100)
  expect(occasional.happened()).toEqual({ times: 5, sinceMs: 100 })
})

test('after its end there is nothing of it, and the next time is a first one', () => {
  const occasional = createLogLimiter()
  expect(occasional.ended()).toBeUndefined()
  occasional.happened()
  advance(10)
  occasional.happened()
  expect(occasional.ended()).toEqual({ times: 2, sinceMs: 10 })
  expect(occasional.ended()).toBeUndefined()
  expect(occasional.happened()).toBe('first')
})
