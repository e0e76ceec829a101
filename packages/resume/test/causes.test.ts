import type { Ended } from '@sessionkeep/contracts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { causeOfLoss, endedOf, isDeliberate, isLost, settled } from '../src/index.ts'

const now = 1_000_000
const facts = {
  how: undefined,
  isReplaced: false,
  boot: 'b1',
  surroundings: { boot: 'b1', endedWithServer: false },
  hasOthers: true,
  isActive: false,
  now,
}
const another = { boot: 'b2', endedWithServer: true }
const lost = { boot: 'b1', endedWithServer: true }
const same = facts.surroundings
const grace = { now, graceMs: 60_000 }

describe('causeOfLoss()', () => {
  test('is boot only if both boots are known and differ', () => {
    expect(causeOfLoss('b1', another)).toBe('boot')
    expect(causeOfLoss(undefined, another)).toBe('server')
    expect(causeOfLoss('b1', { endedWithServer: true })).toBe('server')
    expect(causeOfLoss('b1', same)).toBe('killed')
  })
})

describe('endedOf()', () => {
  test('an exit by code 0 stays an exit, whatever happens to its server', () => {
    const ended = endedOf({ ...facts, how: { at: now, exitCode: 0 } })
    expect(ended).toEqual({ at: now, cause: 'exited', exitCode: 0 })
    expect(settled(ended, 'b1', another, grace)).toBe(ended)
  })

  test.each([1, 9, 15])(
    'an end by signal %i, or by its exit code, is open until the server has lived on for a minute',
    (signal) => {
      for (const how of [{ signal }, { exitCode: 128 + signal }]) {
        const ended = endedOf({ ...facts, how })
        expect(settled(ended, 'b1', lost, grace)).toMatchObject({ cause: 'server', ...how })
        expect(settled(ended, 'b1', another, grace)).toMatchObject({ cause: 'boot' })
        expect(settled(ended, 'b1', same, grace)).toBe(ended)
        const later = settled(ended, 'b1', same, { now: now + 60_000, graceMs: 60_000 })
        expect(later).toEqual({ at: now, cause: 'exited', ...how })
        expect(settled(later, 'b1', another, grace)).toBe(later)
      }
    },
  )

  test('the end of the only session of a server says nothing of the server, which ends with it', () => {
    const ended = endedOf({ ...facts, how: { signal: 15 }, hasOthers: false })
    expect(settled(ended, 'b1', lost, grace).cause).toBe('exited')
    expect(settled(ended, 'b1', another, grace).cause).toBe('boot')
  })

  test('other signals and codes, as a crash has them, are no shutdown', () => {
    for (const how of [{ signal: 11 }, { exitCode: 1 }, { exitCode: 139 }])
      expect(endedOf({ ...facts, how })).not.toHaveProperty('mayBeShutdown')
  })

  test('a request that was running is noted', () => {
    expect(endedOf({ ...facts, isActive: true })).toMatchObject({ interrupted: true })
  })
})

test('what is settled stays settled, whatever is seen later', () => {
  const surroundings = fc.record({ boot: fc.constantFrom('b1', 'b2', undefined), endedWithServer: fc.boolean() })
  const how = fc.option(fc.record({ exitCode: fc.constantFrom(0, 1, 137, 143) }), { nil: undefined })
  fc.assert(
    fc.property(how, surroundings, fc.boolean(), fc.array(surroundings), (end, first, hasOthers, seen) => {
      let ended: Ended = endedOf({ ...facts, how: end, surroundings: first, hasOthers })
      for (const one of seen) {
        const next = settled(ended, 'b1', one, { now: now + 120_000, graceMs: 60_000 })
        if (ended.mayBeShutdown === undefined) expect(next).toBe(ended)
        ended = next
      }
      expect(isDeliberate(ended.cause)).toBe(false)
      if (end?.exitCode === 0 || end?.exitCode === 1) expect(isLost(ended.cause)).toBe(false)
    }),
  )
})
