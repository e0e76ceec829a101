import { memoryHost } from '@sessionkeep/core'
import { expect, test } from 'vitest'
import { privateServer } from '../../packages/tmux/test/support/private-server.ts'
import { hasRedis } from './redis.ts'
import { switchingLoad } from './switching-load.ts'

test.skipIf(!hasRedis)(
  '200 sessions, 2,000 requests a second, and a switch after the other: every counter is right, in the pool and in the stores (needs redis-server)',
  async () => {
    const load = { sessions: 200, perSecond: 2000, rounds: 1, roundMs: 1500, everyMs: 200 }
    const { switches } = await switchingLoad({ host: memoryHost(), ...load })
    expect(switches.length).toBeGreaterThan(3)
  },
)

test.skipIf(!hasRedis)('the same with sessions of tmux (needs redis-server)', async () => {
  const load = { sessions: 5, perSecond: 500, rounds: 1, roundMs: 1000, everyMs: 100 }
  const { switches } = await switchingLoad({ host: privateServer().host(), ...load })
  expect(switches.length).toBeGreaterThan(3)
})
