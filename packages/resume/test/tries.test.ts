import type { ResumeTries } from '@sessionkeep/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { beginTry, failTry } from '../src/index.ts'
import { heldBack } from '../src/tries.ts'

const backoff = { minMs: 30_000, maxMs: 600_000, tries: 5, withinMs: 900_000, steadyMs: 1_800_000 }

test('pauses double up to the longest one, and the fifth attempt is the last', () => {
  let tries: ResumeTries | undefined
  let now = 1000
  const pauses: number[] = []
  while (!tries?.parked) {
    tries = beginTry(tries, now, backoff)
    pauses.push(tries.nextAt - now)
    expect(heldBack(tries, tries.nextAt - 1, backoff)).toBe(tries.parked ? 'parked' : 'backing-off')
    now = tries.nextAt
  }
  expect(pauses).toEqual([30_000, 60_000, 120_000, 240_000, 480_000])
  expect(heldBack(tries, Number.MAX_SAFE_INTEGER, backoff)).toBe('parked')
})

test('attempts that are far apart are counted anew', () => {
  const first = beginTry(undefined, 1000, backoff)
  expect(beginTry(first, first.nextAt + backoff.withinMs - 1, backoff).count).toBe(2)
  expect(beginTry(first, first.nextAt + backoff.withinMs, backoff).count).toBe(1)
})

test('attempts whose pauses are longer than the time in which they are counted are parked all the same', () => {
  const slow = { ...backoff, minMs: 3_600_000, maxMs: 86_400_000, withinMs: 1000 }
  let tries: ResumeTries | undefined
  for (let at = 0; at < 5; at += 1) tries = beginTry(tries, tries?.nextAt ?? 0, slow)
  expect(tries).toMatchObject({ count: 5, parked: true })
})

test('no two attempts have the same time, however the clock is set', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(5), { minLength: 2 }), (times) => {
      let tries: ResumeTries | undefined
      const seen = times.map((now) => {
        tries = failTry(beginTry(tries, now, backoff), 'no')
        return tries.lastAt
      })
      expect(new Set(seen).size).toBe(times.length)
    }),
  )
})

test('a crash loop of any rhythm within the limit is parked', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(backoff.withinMs - 1), { minLength: 5, maxLength: 5 }), (lives) => {
      let tries: ResumeTries | undefined
      let now = 0
      for (const life of lives) {
        tries = beginTry(tries, now, backoff)
        now = tries.nextAt + life
      }
      expect(tries?.parked).toBe(true)
    }),
  )
})

test('a pause that was noted by a clock two days ahead holds nothing back once the clock is right', () => {
  const now = 1_000_000_000_000
  const ahead = beginTry(undefined, now + 2 * 24 * 3600 * 1000, backoff)
  expect(heldBack(ahead, now, backoff)).toBeUndefined()
})
