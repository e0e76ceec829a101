import { describe, expect, it } from 'vitest'
import { added, median, per, percentile, ratio, summarize } from '../src/statistics.ts'

const upTo = (last: number) => Array.from({ length: last }, (_, index) => last - index)

describe('percentile()', () => {
  it('is the smallest sample that the share does not exceed, whatever their order', () => {
    expect(percentile(upTo(100), 0.99)).toBe(99)
    expect(percentile(upTo(200), 0.99)).toBe(198)
    expect(percentile(upTo(100), 1)).toBe(100)
    expect(percentile(upTo(100), 0)).toBe(1)
    expect(percentile([10, 9, 100], 0.5)).toBe(10)
  })

  it('does not reorder the samples', () => {
    const samples = [3, 1, 2]
    percentile(samples, 0.5)
    expect(samples).toEqual([3, 1, 2])
  })

  it('is NaN without samples', () => {
    expect(percentile([], 0.5)).toBeNaN()
  })
})

it('summarize() covers all rounds together', () => {
  expect(summarize([[1, 2], [3], [100]])).toEqual({ samples: 4, median: 2, p99: 100, worst: 100 })
})

describe('added()', () => {
  it('subtracts the sample that was taken side by side, not the median', () => {
    const control = [
      [1, 100],
      [10, 1],
    ]
    const subject = [
      [3, 102],
      [12, 3],
    ]
    expect(added(subject, control)).toEqual([
      [2, 2],
      [2, 2],
    ])
  })

  it('refuses rounds that were not taken side by side', () => {
    expect(() => added([[1, 2]], [[1]])).toThrow(RangeError)
  })
})

describe('ratio()', () => {
  it('compares within each round, so that a slow round does not count more', () => {
    const control = [
      [1, 1, 1],
      [100, 100, 100],
      [1, 1, 1],
    ]
    const subject = [
      [2, 2, 2],
      [150, 150, 150],
      [3, 3, 3],
    ]
    expect(ratio(subject, control)).toEqual({ median: 2, low: 1.5, high: 3 })
  })

  it('compares by another measure than the median on request', () => {
    expect(ratio([[1, 8]], [[1, 2]], (samples) => percentile(samples, 1)).median).toBe(4)
  })
})

it('per() divides every sample', () => {
  expect(per([[10, 20]], 10)).toEqual([[1, 2]])
  expect(median([2, 1])).toBe(1)
})
