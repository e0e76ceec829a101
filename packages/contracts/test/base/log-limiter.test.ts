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

test('logs the first time, and counts the next ones until a minute has passed', () => {
  const limiter = createLogLimiter()
  expect(limiter.happened()).toBe('first')
  advance(59_999)
  expect(limiter.happened()).toBeUndefined()
  advance(1)
  expect(limiter.happened()).toEqual({ times: 3, sinceMs: 60_000 })
  expect(limiter.happened()).toBeUndefined()
  advance(60_000)
  expect(limiter.happened()).toEqual({ times: 5, sinceMs: 120_000 })
})

test('logs as many times one by one as `burst` allows', () => {
  const limiter = createLogLimiter({ burst: 3, summaryMs: 100 })
  expect([1, 2, 3, 4].map(() => limiter.happened())).toEqual(['first', 'first', 'first', undefined])
  advance(100)
  expect(limiter.happened()).toEqual({ times: 5, sinceMs: 100 })
})

test('has no summary after the end of a fault, and logs the next time as a first one', () => {
  const limiter = createLogLimiter()
  expect(limiter.ended()).toBeUndefined()
  limiter.happened()
  advance(10)
  limiter.happened()
  expect(limiter.ended()).toEqual({ times: 2, sinceMs: 10 })
  expect(limiter.ended()).toBeUndefined()
  expect(limiter.happened()).toBe('first')
})
