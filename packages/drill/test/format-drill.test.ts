import { PoolError } from '@sessionkeep/core'
import { type DrillReport, formatDrill } from '@sessionkeep/drill'
import { expect, test } from 'vitest'

const load = { made: 3, longestMs: 12, longestSteadyMs: 8.04, waited: 0 }
const step = { switchMs: 1, catchUpMs: 2, requests: 200, longestRequestMs: 3.21, unsaved: 0 }
const well: DrillReport = {
  ok: true,
  durationMs: 3210,
  requests: { made: 600, counted: 600, lost: 0, unacknowledged: 0, longestMs: 3.21, p999Ms: 2.5 },
  steps: [
    { ...step, action: 'steady', stores: ['file'], dirtyPeak: { names: 5, oldestDirtyMs: 1002.4 } },
    { ...step, action: 'switch', stores: ['keyv', 'file'], dirtyPeak: { names: 12, oldestDirtyMs: 4 } },
  ],
  dirtyPeak: { names: 12, oldestDirtyMs: 1002.4 },
  creates: load,
  deletes: load,
  restored: 'yes',
  notDeleted: [],
  errors: [],
}

test('formatDrill() prints a table of the steps and a line for each further figure', () => {
  expect(formatDrill(well)).toBe(`\
step    stores       switch  caught up  requests  longest  dirty  oldest dirty
steady  file         1.0 ms  2.0 ms     200       3.2 ms   5      1002 ms
switch  keyv + file  1.0 ms  2.0 ms     200       3.2 ms   12     4.0 ms

600 requests, 0 lost, 0 not acknowledged; longest 3.2 ms, p99.9 2.5 ms
3 created, the slowest in 12 ms (8.0 ms without a switch), 0 waited; 3 deleted, the slowest in 12 ms (8.0 ms without a switch), 0 waited
the pool is restored
ok, 3.2 s
`)
})

test('formatDrill() prints what went wrong', () => {
  const [first] = well.steps
  if (!first) throw new Error('no step')
  const text = formatDrill({
    ...well,
    ok: false,
    restored: 'failed',
    notDeleted: ['drill-1'],
    steps: [
      { ...first, catchUpMs: undefined, error: new PoolError('SWITCH_SUPERSEDED', 'replaced by a later switch') },
    ],
    errors: [{ during: 'save', code: 'STORE_FULL', message: 'No room.', times: 7 }],
  })
  expect(text).toMatch(/^steady +file +SWITCH_SUPERSEDED +not in time/m)
  expect(text).toContain('NOT RESTORED\nnot deleted: drill-1\nsave: STORE_FULL, 7 times: No room.\nNOT OK')
})
