const core = (file) => `packages/core/src/${file}`
const renames = (title) => ({ file: 'packages/core/test/replication/random-renames.test.ts', title })
const spare = (title) => ({ file: 'packages/core/test/replication/spare-records.test.ts', title })

/** Faults of spare records. @type {import('./list.d.mts').PlantedFault[]} */
export const spareFaults = [
  {
    name: 'a deletion is acknowledged while a spare record of the session is left',
    file: core('pool/verbs/delete-session.ts'),
    find: '[session, ...others].map(',
    replace: '[session].map(',
    caughtBy: spare('is acknowledged once no spare record'),
  },
  {
    name: 'stop() says nothing of a deleted session whose spare record is left',
    file: core('pool/lifecycle.ts'),
    find: "const isOfGone = !successor || successor.phase === 'deleted'",
    replace: 'const isOfGone = !successor',
    caughtBy: spare('reports a deleted session whose'),
  },
  {
    name: 'the spare record of an ended session is deleted when its name is taken',
    file: core('sessions/session-table.ts'),
    find: 'if (!leavesRecord(former)) return',
    replace: 'if (former.phase) return',
    caughtBy: spare('stays until the session that resumes it'),
  },
  {
    name: 'a session gets a spare record at each whole read',
    file: core('discovery/apply-answers.ts'),
    find: 'return spare && covers(spare, record) ? undefined : {',
    replace: 'return {',
    caughtBy: spare('has one spare record'),
  },
  {
    name: 'a session is verified while its spare record cannot be read',
    file: core('discovery/read-stores.ts'),
    find: 'isOurs(name) || isSpareName(name)',
    replace: 'isOurs(name)',
    caughtBy: spare('is unverified while a spare record'),
  },
  {
    name: 'the spare record replaces that of a session that really has its name',
    file: core('sessions/desired-records.ts'),
    find: 'return next !== undefined && !table.named(spareName(renamed.life, renamed.revision))',
    replace: 'return next !== undefined',
    caughtBy: spare('really has the name'),
  },
  {
    name: 'whose record a name has is noted after a pause',
    file: 'packages/replication/src/replica.ts',
    find: '        note(name, copy)\n',
    replace: '        setImmediate(() => setImmediate(note, name, copy))\n',
    caughtBy: renames('another session takes its name in a pause'),
  },
  {
    name: 'a record that is written while an earlier call is under way may be replaced by another session',
    file: 'packages/replication/src/write-queue.ts',
    find: 'slots.noteStored(name, about, record !== null, slots.ackedRevision(name, about))',
    replace: 'void (about && record)',
    caughtBy: renames('it was written while an earlier call was under way'),
  },
  {
    name: 'of two calls that timed out only the later one is waited for',
    file: 'packages/replication/src/write-queue.ts',
    find: 'Promise.all([slot.unconfirmed, unconfirmed])',
    replace: 'Promise.all([unconfirmed])',
    caughtBy: renames('of two calls that end late'),
  },
  {
    name: 'a spare record of a later run counts, whatever that run had read',
    file: core('discovery/apply-answers.ts'),
    find: 'sameContent(join(one, other), one)',
    replace: "(one.run ?? '') >= (other.run ?? '') && sameContent(join(one, one), one)",
    caughtBy: renames('its spare record was made before'),
  },
  {
    name: 'the last record of a session is not written to a store whose former one is read after the end',
    file: core('discovery/orphans.ts'),
    find: 'replicas.owe(last.hosted.sessionName, last, holdersOf(orphan), true)',
    replace: 'void 0',
    caughtBy: {
      file: 'packages/core/test/replication/read-after-the-end.test.ts',
      title: 'renamed while no pool ran stays if it is read after the end',
    },
  },
  {
    name: 'a former record is removed before the deletion of its session is in the store',
    file: core('sessions/desired-records.ts'),
    find: '&& !isKept)',
    replace: '&& !isKept !== undefined)',
    caughtBy: {
      file: 'packages/core/test/pool/deletion-renamed.test.ts',
      title: 'has a new name that no store has yet',
    },
  },
  {
    name: 'a deletion under one name says nothing of the record under another',
    file: core('discovery/orphans.ts'),
    find: '(same?.orphans ?? [orphan]).some(',
    replace: '[orphan].some(',
    caughtBy: {
      file: 'packages/core/test/pool/deletion-renamed.test.ts',
      title: 'finds the deletion under one name and the record under another',
    },
  },
]
