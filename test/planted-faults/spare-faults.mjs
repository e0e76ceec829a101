const core = (file) => `packages/core/src/${file}`
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
    find: 'if (!former || former === session || !leavesRecord(former)) return',
    replace: 'if (former !== null) return',
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
]
