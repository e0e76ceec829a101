import type { z } from '@hono/zod-openapi'
import { redactValue } from '@sessionkeep/contracts/errors'
import type { SessionPool } from '@sessionkeep/core'
import type { previewBody } from './schemas/persistence.ts'

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`

/** Says what a switch, or without a store a rollback, would keep and lose if it were made now. It changes nothing. */
export function previewOf(pool: SessionPool<never>, store?: string): z.infer<typeof previewBody> {
  const { persistence, sessions: stats } = pool.status()
  const { effective, sessions, saved, afterRestart, oldestDirtyMs } = persistence
  const isOff = store === undefined || store === 'memory' || store === 'none'
  // The caller may have given a connection string, and answers may be logged.
  const to = redactValue(store === 'auto' ? afterRestart.store : (store ?? 'memory')) as string
  const from = effective.stores
  const unsafe = { records: sessions - saved, oldestMs: oldestDirtyMs }
  // A store that fails takes no writes now, and its records stay in it all the same.
  const present = persistence.stores.filter(({ active }) => active).map(({ store }) => store)
  const names = present.join(', ')
  const kept = [
    `${counted(sessions, 'living session')} and what runs in ${sessions === 1 ? 'it' : 'them'} go on.`,
    ...(present.length === 0 ? [] : [`The records in ${names} stay there as they are.`]),
    ...(isOff
      ? []
      : [`${counted(sessions, 'record')} will be written to ${to} before the present stores are detached.`]),
    ...(isOff ? [] : [`If ${to} cannot be made active, nothing changes.`]),
  ]
  const lost = isOff
    ? lostWhenOff(unsafe, afterRestart.store)
    : lostInSwitch(stats.endedSessions, names || 'memory', to)
  return { action: store === undefined ? 'rollback' : 'switch', to, from: [...from], unsafe, kept, lost }
}

function lostWhenOff({ records, oldestMs }: { records: number; oldestMs: number }, afterRestart: string): string[] {
  const unsafe =
    records > 0 ? [`${counted(records, 'record')} not yet safe, the oldest ${(oldestMs / 1000).toFixed(1)} s.`] : []
  return [
    ...unsafe,
    'From then on changes are kept in memory alone: if the gateway ends, they are lost.',
    `A restart selects ${afterRestart} again, with the records as they are there now.`,
  ]
}

function lostInSwitch(ended: number, from: string, to: string): string[] {
  return ended > 0
    ? [`The records of ${counted(ended, 'ended session')} stay in ${from}; they are not copied to ${to}.`]
    : []
}
