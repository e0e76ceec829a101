import { expect, test } from 'vitest'
import { can } from '../../packages/disk/test/support/prerequisites.ts'
import { privateServer } from '../../packages/tmux/test/support/private-server.ts'
import { CAMPAIGN, isCampaign, LATENCIES, latencyCells, printTable } from './campaign.ts'
import { hasRedis } from './redis.ts'
import { rollbackOfHangingStores } from './rollback-of-hanging-stores.ts'

test.skipIf(!(hasRedis && can.loop && can.mount))(
  'rollback() resolves while the disk and Redis hang, and the pool creates and serves sessions (needs root, a loop device and redis-server)',
  CAMPAIGN,
  async () => {
    const { socketPath } = privateServer()
    const drill = isCampaign ? { times: 30, sessions: 200 } : { times: 2, sessions: 3, socketPath }
    const took = await rollbackOfHangingStores(drill)
    expect(took).toHaveLength(drill.times)
    printTable(
      `rollback() of a frozen file system and a stopped Redis: ${drill.sessions} sessions, all of them dirty; bar: under 5 ms`,
      ['', ...LATENCIES.slice(0, -1), 'rollbacks'],
      [['until it resolved', ...latencyCells(took)]],
    )
  },
)
