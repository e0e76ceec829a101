import '../../setup/pace.ts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { play, type Step, steps } from './history.ts'

/** The seed is fixed, so that a failure comes from the change under test. SESSIONKEEP_HISTORIES is the number of other histories to run. */
const SEED = 20_261_128
const { SESSIONKEEP_HISTORIES, SESSIONKEEP_SEED, SESSIONKEEP_PATH } = process.env
const runs = Number(SESSIONKEEP_HISTORIES ?? 200)

/** Histories that random runs have found, and that once failed. */
const NAMED: ReadonlyArray<readonly [string, readonly Step[]]> = [
  [
    'two gateways without a lock bring one session back, twice, and both keep its attributes',
    [
      { kind: 'create', of: 'a' },
      { kind: 'restart' },
      { kind: 'end-server' },
      { kind: 'second-gateway' },
      { kind: 'end-server' },
      { kind: 'second-gateway' },
      { kind: 'store', at: 0, isAway: true },
    ],
  ],
  [
    'a session was deleted while a store was away, and the gateway is killed when that store is back',
    [
      { kind: 'create', of: 'b' },
      { kind: 'store', at: 1, isAway: true },
      { kind: 'delete', of: 'b' },
      { kind: 'arm', death: { at: 1, isBefore: false } },
      { kind: 'store', at: 1, isAway: false },
      { kind: 'reboot' },
      { kind: 'resume' },
    ],
  ],
  [
    'a session is killed by hand while a store is away, and its server ends more than a minute later',
    [
      { kind: 'create', of: 'a' },
      { kind: 'create', of: 'b' },
      { kind: 'store', at: 0, isAway: true },
      { kind: 'kill-by-hand', of: 'a' },
      { kind: 'end-server' },
      { kind: 'second-gateway' },
    ],
  ],
  [
    'a session takes the name of a lost one while no store can be reached, and exits before a new gateway finds it',
    [
      { kind: 'ask', of: 'b' },
      { kind: 'store', at: 0, isAway: true },
      { kind: 'store', at: 1, isAway: true },
      { kind: 'end-server' },
      { kind: 'create', of: 'a' },
      { kind: 'create', of: 'a' },
      { kind: 'create', of: 'b' },
      { kind: 'exit', of: 'b' },
      { kind: 'delete', of: 'a' },
    ],
  ],
]
test.each(NAMED)('%s', async (_, history) => {
  expect(await play(history)).toBeUndefined()
})

test('whenever a gateway is killed, and whatever store is away or server ends: no session is there twice, none that was ended on purpose comes back, and none is lost', async () => {
  const given = {
    numRuns: runs,
    ...(SESSIONKEEP_HISTORIES && !SESSIONKEEP_SEED ? {} : { seed: Number(SESSIONKEEP_SEED ?? SEED) }),
    ...(SESSIONKEEP_PATH ? { path: SESSIONKEEP_PATH } : {}),
  }
  await fc.assert(
    fc.asyncProperty(steps, async (history) => {
      expect(await play(history)).toBeUndefined()
    }),
    given,
  )
}, 3_600_000)
