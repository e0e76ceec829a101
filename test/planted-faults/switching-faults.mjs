const core = (file) => `packages/core/src/${file}`
const contracts = (file) => `packages/contracts/src/${file}`
const NAMED = { file: 'test/switching/named-histories.test.ts' }
const LOAD = { file: 'test/switching/under-load.test.ts' }
const BAD_INPUT = { file: 'test/switching/bad-input.test.ts', title: 'to a server that nobody runs' }
const OLDEST = { file: 'packages/core/test/pool/stores/oldest-dirty.test.ts' }

/** @type {import('./list.d.mts').PlantedFault[]} */
export const switchingFaults = [
  {
    name: 'a store becomes active before it has every living session',
    file: 'packages/replication/src/switch.ts',
    find: '      await added.replica.attach()\n      await backfill(added)\n',
    replace: '      await added.replica.attach()\n',
    caughtBy: NAMED,
  },
  {
    name: 'the records of a store are forgotten when it comes back',
    file: core('sessions/merge-stored.ts'),
    find: 'const past = before ? join(before, copy) : copy',
    replace: 'const past = before ?? copy',
    caughtBy: NAMED,
  },
  {
    name: 'a joined record is written as a record of the run whose content it does not have',
    file: core('sessions/merge-stored.ts'),
    find: 'if (before && ![before, copy].some((one) => isSameRecord(one, past))) session.claimed = true',
    replace: '',
    caughtBy: { file: 'packages/core/test/discovery/relayed-record.test.ts' },
  },
  {
    name: 'a session inherits from a mirror that missed the delete',
    file: core('discovery/collect-copies.ts'),
    find: '!record.incarnation || !incarnation || record.incarnation === incarnation',
    replace: 'record !== undefined',
    caughtBy: NAMED,
  },
  {
    name: 'a call at run time detaches the configured store',
    file: core('pool/stores/plan.ts'),
    find: "return desired.layer === 'runtime' && ",
    replace: "return desired.layer !== 'runtime' && ",
    caughtBy: LOAD,
  },
  {
    name: 'stop() tries a store that fails once',
    file: 'packages/core/src/pool/lifecycle.ts',
    find: 'replica.detach(left(), isUnsaved)',
    replace: 'replica.detach(left(), () => !isUnsaved)',
    caughtBy: { file: 'packages/core/test/pool/stop-degraded.test.ts', title: 'goes on trying a store that fails' },
  },
  {
    name: 'a detached store does not get the changes that it lacks',
    file: 'packages/replication/src/last-writes.ts',
    find: "if (connection.state() === 'attached') await waitAtMost(leftMs(), flush(), clock)",
    replace: '',
    caughtBy: LOAD,
  },
  {
    name: 'a failed switch leaves the new store in the pool',
    file: 'packages/replication/src/switch.ts',
    find: '      replicas.retain(replicas.members().filter((member) => !candidates.includes(member)))\n',
    replace: '',
    caughtBy: BAD_INPUT,
  },
  {
    name: 'a call at run time is noted before it has succeeded',
    file: 'packages/replication/src/switch.ts',
    find: '    const prepared = prepare(target, ',
    replace: '    request.onDecided?.()\n    const prepared = prepare(target, ',
    caughtBy: BAD_INPUT,
  },
  {
    name: 'a change counts as dirty from the flush on',
    file: core('sessions/session-table.ts'),
    find: 'session.changedSince = clock.now()',
    replace: 'session.changedSince = Number.POSITIVE_INFINITY',
    caughtBy: OLDEST,
  },
  {
    name: 'a change that was written counts as dirty on',
    file: 'packages/replication/src/write-queue.ts',
    find: 'else if (slot.dirtySince !== undefined) slot.dirtySince = Math.max(slot.dirtySince, startedAt)',
    replace: '',
    caughtBy: OLDEST,
  },
  {
    name: 'requests that another run took over are counted again',
    file: core('sessions/project.ts'),
    find: 'sumOf(countsOf(past), life)',
    replace: 'sumOf(countsOf(past))',
    caughtBy: {
      file: 'packages/core/test/pool/stores/alternating-runs.test.ts',
      title: 'two runs that use one store alternately count no request twice',
    },
  },
  {
    name: 'of two counts of a run the later copy is taken',
    file: contracts('record/counts.ts'),
    find: 'Math.max(joined.get(key) ?? 0, count)',
    replace: 'count',
    caughtBy: { file: 'packages/contracts/test/record/join.property.test.ts', title: 'join is commutative' },
  },
  {
    name: 'a save is acknowledged by a store that a switch only prepares',
    file: core('pool/verbs/save-session-metadata.ts'),
    find: 'activeAtStart.has(replica) || active.includes(replica)',
    replace: 'replica !== undefined',
    caughtBy: {
      file: 'packages/core/test/pool/verbs/save-while-preparing.test.ts',
      title: 'a save that only a store which a switch prepares has written is not acknowledged',
    },
  },
  {
    name: 'the time-out of a store call is ignored',
    file: contracts('base/timeout.ts'),
    find: 'const cancel = Number.isFinite(ms)',
    replace: 'const cancel = Number.isNaN(ms)',
    caughtBy: {
      file: 'packages/contracts/test/base/timeout.test.ts',
      title: 'a call that takes too long rejects with STORE_TIMEOUT',
    },
  },
  {
    name: 'a listing keeps the process to itself',
    file: contracts('base/yield-to-event-loop.ts'),
    find: 'steps >= most || systemClock.now() - since >= pace.sliceMs',
    replace: 'steps < 0',
    caughtBy: {
      file: 'packages/contracts/test/stores/list-names.test.ts',
      title: 'gives up an endless list without I/O after the time-out, and aborts the signal of the store',
    },
  },
  {
    name: 'a store that names no record it failed for counts as having written all of them',
    file: 'packages/contracts/src/stores/store-failure.ts',
    find: 'if (failed.size > 0) return failed',
    replace: 'return failed',
    caughtBy: { file: 'packages/contracts/test/stores/store-calls.test.ts' },
  },
  {
    name: 'the record of a living session stays behind under a former id',
    file: 'packages/replication/src/merge-former.ts',
    find: 'const isFormer = lives(former) || (!lives(present) && former.lastActivityAt > present.lastActivityAt)',
    replace: 'const isFormer = false as boolean',
    caughtBy: { file: 'test/scenarios/former-ids.test.ts', title: 'keeps the counts of the session that lives' },
  },
  {
    name: 'what sessions carry themselves stays behind under a former id',
    file: 'packages/selection/src/store-identity.ts',
    find: 'formerly: all.filter((at) => at.namespace !== namespace)',
    replace: 'formerly: liveOnly ? [] : all.filter((at) => at.namespace !== namespace)',
    caughtBy: { file: 'test/scenarios/former-ids.test.ts', title: 'keeps what its sessions carry themselves' },
  },
]
