const core = (file) => `packages/core/src/${file}`
const contracts = (file) => `packages/contracts/src/${file}`
const JOIN = { file: 'packages/contracts/test/record/join.property.test.ts' }
const COUNTS = { file: 'packages/contracts/test/record/counts.property.test.ts' }
const ATTRIBUTES = { file: 'packages/contracts/test/record/attributes.property.test.ts' }
const PARSE = { file: 'packages/contracts/test/record/parse-record.property.test.ts' }
const RECONCILE = { file: 'packages/core/test/discovery/reconcile.property.test.ts' }

/** @type {import('./list.d.mts').PlantedFault[]} */
export const recordFaults = [
  {
    name: 'join takes the counts of the later copy alone',
    file: contracts('record/join.ts'),
    find: 'joinCounts(countsOf(a), countsOf(b))',
    replace: 'countsOf(later)',
    caughtBy: JOIN,
  },
  {
    name: 'join forgets an incarnation that only the older copy knows',
    file: contracts('record/join.ts'),
    find: 'largest(a.incarnation, b.incarnation)',
    replace: 'later.incarnation',
    caughtBy: JOIN,
  },
  {
    name: 'join of equal revisions depends on the order',
    file: contracts('record/join.ts'),
    find: 'return canonical(otherFields(a)) > canonical(otherFields(b))',
    replace: 'return true',
    caughtBy: JOIN,
  },
  {
    name: 'a version depends on the clock of the run alone',
    file: contracts('record/attributes.ts'),
    find: '  if (version > former) return version\n',
    replace: '  if (version) return version\n',
    caughtBy: { ...ATTRIBUTES, title: 'a run that knew of a value' },
  },
  {
    name: 'attributes that were edited have the version of those before',
    file: contracts('record/attributes.ts'),
    find: 'if (sum === sumOf(attributes))',
    replace: 'if (sum)',
    caughtBy: { ...ATTRIBUTES, title: 'attributes that a person edited' },
  },
  {
    name: 'a run that has not heard every store writes as if it knew all attributes',
    file: core('sessions/project.ts'),
    find: 'if (isReplaced) return',
    replace: 'if (latest > 0) return',
    caughtBy: { file: 'packages/core/test/pool/late-store.test.ts', title: 'attributes that only one store has' },
  },
  {
    name: 'all attributes that a run has set get the version of the last one',
    file: contracts('record/attributes.ts'),
    find: 'changed.set(name, version > known ? version : attributeVersion(at, run, known))',
    replace: 'changed.set(name, attributeVersion(Math.max(at, ...[...set.values()].map((one) => one.at)), run, known))',
    caughtBy: { file: 'packages/core/test/pool/two-writers.test.ts', title: 'of two gateways that set one attribute' },
  },
  {
    name: 'a copy that was not folded counts the requests of the base again',
    file: contracts('record/counts.ts'),
    find: 'count > 0 && !covers(baseKey, key)',
    replace: 'count > 0',
    caughtBy: COUNTS,
  },
  {
    name: 'the base includes a run that still counts',
    file: contracts('record/counts.ts'),
    find: '.findLast((run) => run < own)',
    replace: '.findLast((run) => run <= own)',
    caughtBy: COUNTS,
  },
  {
    name: 'more is written than can be read',
    file: contracts('record/parse-record.ts'),
    find: 'return Math.min(value, MAX_COUNT)',
    replace: 'return value',
    caughtBy: COUNTS,
  },
  {
    name: 'the counts of old runs are never added up',
    file: core('discovery/apply-answers.ts'),
    find: "if (copy && copy.kind !== 'newer' && durabilityOf(session).verified) foldPast(session, check)",
    replace: 'void copy',
    caughtBy: { file: 'test/switching/apart-and-together.test.ts', title: 'a session of forty runs' },
  },
  {
    name: 'a record of a newer schema is read as a current one',
    file: contracts('record/parse-record.ts'),
    find: "typeof version === 'number' && version > SCHEMA_VERSION",
    replace: 'false',
    caughtBy: PARSE,
  },
  {
    name: 'unknown fields are dropped',
    file: contracts('record/parse-record.ts'),
    find: 'return { ...json, ...extra } as JsonObject',
    replace: 'return json as JsonObject',
    caughtBy: PARSE,
  },
  {
    name: 'a store that has not answered is treated as empty',
    file: core('discovery/reconcile.ts'),
    find: '    (known ?? input).unread === true ||\n    input.stores.some((store) => !answered.has(store))',
    replace: '    (known ?? input).unread === true',
    caughtBy: RECONCILE,
  },
  {
    name: "another pool's session is claimed",
    file: core('discovery/reconcile.ts'),
    find: 'if (session.pool !== undefined && session.pool !== pool) return undefined',
    replace: '',
    caughtBy: RECONCILE,
  },
  {
    name: 'a session inherits the record of another incarnation',
    file: core('discovery/collect-copies.ts'),
    find: '!record.incarnation || !incarnation || record.incarnation === incarnation',
    replace: 'record.sessionName === sessionName',
    caughtBy: RECONCILE,
  },
  {
    name: 'two sessions get one workspace',
    file: core('discovery/reconcile.ts'),
    find: 'if (isChosen) chosen.set(finding.workspace, finding)',
    replace: 'chosen.set(finding.session.sessionName, finding)',
    caughtBy: RECONCILE,
  },
  {
    name: 'thousands of rows of a host are checked in one turn',
    file: 'packages/contracts/src/hosts/check-hosted.ts',
    find: 'await forEachYielding(rows, (row) =>',
    replace: 'rows.forEach((row) =>',
    caughtBy: { file: 'packages/core/test/discovery/many-records.test.ts', title: 'the rows of a host' },
  },
  {
    name: 'thousands of living sessions are compared in one turn',
    file: core('discovery/reconcile.ts'),
    find: 'await forEachYielding(living, (session) =>',
    replace: 'living.forEach((session) =>',
    caughtBy: { file: 'packages/core/test/discovery/many-records.test.ts', title: 'thousands of living sessions' },
  },
  {
    name: 'keys of attributes that were removed stay in memory',
    file: core('pool/verbs/requests.ts'),
    find: 'const MOST_OWN = 256',
    replace: 'const MOST_OWN = 100_000',
    caughtBy: { file: 'packages/core/test/pool/many-attributes.test.ts', title: 'keys that were set and removed' },
  },
]
