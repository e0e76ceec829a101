import { memoryHost } from '@sessionkeep/core/testing'
import { expect, test } from 'vitest'
import { percentile } from '../../packages/bench/src/statistics.ts'
import { privateServer } from '../../packages/tmux/test/support/private-server.ts'
import { CAMPAIGN, isCampaign, LATENCIES, latencyCells, ms, printTable } from './campaign.ts'
import { hasRedis } from './redis.ts'
import { type SwitchingLoad, switchingLoad } from './switching-load.ts'

const LONG = { rounds: 3, roundMs: 10_000, everyMs: 1000 }
const SHORT = { rounds: 1, roundMs: 1000, everyMs: 150 }
const length = isCampaign ? LONG : SHORT

async function underLoad(title: string, load: Omit<SwitchingLoad, keyof typeof LONG>) {
  const { steady, switching, switches } = await switchingLoad({ ...load, ...length })
  expect(switches.length).toBeGreaterThan(3)
  const durations = switches.map(({ durationMs }) => durationMs)
  const rate = `${load.sessions} sessions, ${load.perSecond} requests/s, ${switches.length} switches`
  const [before, after] = [percentile(steady, 0.999), percentile(switching, 0.999)]
  printTable(
    `${title}: ${rate}; every counter right in the pool and in the stores`,
    ['a request', ...LATENCIES],
    [
      ['without switching', ...latencyCells(steady)],
      ['with a switch each second', ...latencyCells(switching)],
      ['a switch, until the detached stores are closed', ...latencyCells(durations)],
      [
        'bar: p99.9 within 10 ms of that without',
        '',
        '',
        ms(after - before),
        after - before < 10 ? 'held' : 'NOT HELD',
        '',
      ],
    ],
  )
}

test.skipIf(!hasRedis)(
  'every count is right in pool and stores after many switches under 2,000 requests a second in 200 sessions (needs redis-server)',
  CAMPAIGN,
  () =>
    underLoad('file → keyv on Redis → lowdb → file, the configured file as standby', {
      host: memoryHost(),
      configured: 'file',
      sessions: 200,
      perSecond: 2000,
    }),
)

test.skipIf(!hasRedis)(
  'every count is right when one store hands over to the next, with tmux sessions (needs redis-server)',
  CAMPAIGN,
  () =>
    underLoad('keyv on Redis → lowdb → file, one handing over to the next; sessions of tmux', {
      host: { ...privateServer().host(), place: undefined },
      configured: 'memory',
      sessions: isCampaign ? 50 : 5,
      perSecond: isCampaign ? 2000 : 500,
    }),
)
