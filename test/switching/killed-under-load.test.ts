import { expect, test } from 'vitest'
import { CAMPAIGN, isCampaign, ms, printTable } from './campaign.ts'
import { killedUnderLoad } from './killed-under-load.ts'
import { hasRedis } from './redis.ts'

const SHORT = { kills: 2, sessions: 5, perSecond: 500, flushIntervalMs: 200, everyMs: 100, switches: 4 }
const LONG = { kills: 20, sessions: 20, perSecond: 1000, flushIntervalMs: 500, everyMs: 1000, switches: 4 }

test.skipIf(!hasRedis)(
  'a gateway killed between switches under load loses no acknowledged request, and none older than oldestDirtyMs (needs redis-server)',
  CAMPAIGN,
  async () => {
    const load = isCampaign ? LONG : SHORT
    const costs = await killedUnderLoad(load)
    expect(costs).toHaveLength(load.kills)
    printTable(
      `${load.kills} kills between switches: ${load.sessions} sessions of tmux, ${load.perSecond} requests/s, flushIntervalMs ${load.flushIntervalMs}; no acknowledged request was lost`,
      [
        'kill',
        'requests of the run',
        'lost',
        'the oldest of them, before the kill',
        'the last oldestDirtyMs, up to the kill',
      ],
      costs.map(({ counted, lostRequests, lostMs, allowedMs }, at) => [
        at + 1,
        counted,
        lostRequests,
        ms(lostMs),
        ms(allowedMs),
      ]),
    )
  },
)
