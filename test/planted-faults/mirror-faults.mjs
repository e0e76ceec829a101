const core = (file) => `packages/core/src/${file}`
const contracts = (file) => `packages/contracts/src/${file}`
const HISTORIES = { file: 'packages/conformance/test/history-suite.test.ts', title: 'a sound store' }

/** @type {import('./list.d.mts').PlantedFault[]} */
export const mirrorFaults = [
  {
    name: 'a mirror does not get changes',
    file: 'packages/replication/src/replicas.ts',
    find: '      for (const { replica } of members())\n        if (replica.slots.ackedRevision(name, about) !== revision)',
    replace:
      '      for (const { replica } of members().slice(0, 1))\n        if (replica.slots.ackedRevision(name, about) !== revision)',
    caughtBy: HISTORIES,
  },
  {
    name: 'a join takes the smaller part of a run',
    file: contracts('record/counts.ts'),
    find: 'Math.max(joined.get(key) ?? 0, count)',
    replace: 'Math.min(joined.get(key) ?? count, count)',
    caughtBy: { file: 'packages/contracts/test/record/join.property.test.ts', title: 'join has every request' },
  },
  {
    name: 'a store that has not answered is treated as empty while another has',
    file: core('discovery/reconcile.ts'),
    find: 'input.stores.some((store) => !answered.has(store))',
    replace: 'input.stores.every((store) => !answered.has(store))',
    caughtBy: HISTORIES,
  },
  {
    name: 'a name that a store could not read is overwritten',
    file: 'packages/replication/src/write-queue.ts',
    find: "if (when === 'now') return answer !== 'unclear'",
    replace: "if (when === 'now') return true",
    caughtBy: { file: 'packages/core/test/pool/unreadable-name.test.ts' },
  },
  {
    name: 'a deletion that one store has acknowledged is not sent to the others',
    file: 'packages/replication/src/replicas.ts',
    find: '    markOthers(replica, tombstone)\n    if (!isOwedByAny(name, tombstone)) sessions.settled',
    replace: '    sessions.settled',
    caughtBy: { file: 'packages/core/test/pool/verbs/delete-in-part.test.ts' },
  },
  {
    name: 'a stale read of written names is used',
    file: core('discovery/discover.ts'),
    find: '[replica, replica.withoutStale(answer)]',
    replace: '[replica, answer]',
    caughtBy: { file: 'packages/core/test/discovery/stale-answers.test.ts' },
  },
  {
    name: 'a stale read makes the pool forget a stored record',
    file: 'packages/replication/src/replica.ts',
    find: 'if (copies.has(name) || stale.has(name) || isOutdated(name)) return',
    replace: 'if (copies.has(name)) return',
    caughtBy: { file: 'packages/core/test/discovery/stale-answers.test.ts' },
  },
  {
    name: 'an unreadable record is treated as a record without an owner',
    file: core('discovery/discover.ts'),
    find: 'indeterminate: isAnyIndeterminate(answers) }',
    replace: 'indeterminate: false }',
    caughtBy: { file: 'packages/core/test/discovery/indeterminate-records.test.ts' },
  },
]
