const lowdb = (name) => `packages/store-lowdb/src/${name}`

/** @type {import('./list.d.mts').PlantedFault[]} */
export const lowdbFaults = [
  {
    name: 'a document that another program changed is overwritten',
    file: lowdb('document-adapter.ts'),
    find: 'isOurs: async () => (await versionAt(file)) === version,',
    replace: 'isOurs: async () => (await versionAt(file)) !== undefined,',
    caughtBy: { file: 'packages/store-lowdb/test/changed-by-others.test.ts' },
  },
  {
    name: 'a document that another program changed during a write is overwritten',
    file: lowdb('document-adapter.ts'),
    find: 'bytes, beforeRename }',
    replace: 'bytes }',
    caughtBy: { file: 'packages/store-lowdb/test/changed-by-others.test.ts', title: 'while a write runs' },
  },
  {
    name: 'a torn document is overwritten without being set aside',
    file: lowdb('document-adapter.ts'),
    find: 'await withPermit(adapter.signal, () => linkOrCopy(aside))',
    replace: 'await withPermit(adapter.signal, async () => undefined)',
    caughtBy: { file: 'packages/store-lowdb/test/damaged.test.ts' },
  },
  {
    name: 'the JSON of another program is read as an empty document',
    file: lowdb('document/read-document.ts'),
    find: "if (format === undefined) throw new Foreign('it is the JSON of another program')",
    replace: 'format ??= String(FORMAT)',
    caughtBy: { file: 'packages/store-lowdb/test/damaged.test.ts' },
  },
  {
    name: 'an unconfirmed write after a failed sync counts as done',
    file: lowdb('open-document.ts'),
    find: 'if (next === low.data && !adapter.isUnconfirmed()) return',
    replace: 'if (next === low.data) return',
    caughtBy: { file: 'packages/store-lowdb/test/disk.test.ts' },
  },
  {
    name: 'a coalesced call is acknowledged by the write before its own',
    file: lowdb('write-queue.ts'),
    find: '    const batch = [...waiting]\n    waiting.clear()',
    replace:
      '    const batch = [...waiting].slice(0, 1)\n    for (const one of [...waiting].slice(1)) one.resolve()\n    waiting.clear()',
    caughtBy: { file: 'packages/store-lowdb/test/lowdb-store.test.ts' },
  },
  {
    name: 'two stores of one process write for one owner',
    file: lowdb('shared-documents.ts'),
    find: 'if (excludes(other, claim)) throw locked(file, other)',
    replace: 'if (excludes(other, claim) && claim.owner === undefined) throw locked(file, other)',
    caughtBy: { file: 'packages/store-lowdb/test/lowdb-store.test.ts' },
  },
  {
    name: 'the lines of a value beyond the limits stay lines of the document',
    file: lowdb('document/in-one-line.ts'),
    find: 'if (!json.includes(LINE_FEED)) return json',
    replace: 'if (json.length > 0) return json',
    caughtBy: { file: 'packages/store-lowdb/test/damaged.test.ts' },
  },
  {
    name: 'the records after a hole are given to the pool before it',
    file: lowdb('document/salvage.ts'),
    find: 'if (line.includes(HOLE)) holeAt = at',
    replace: 'if (line.includes(HOLE)) holeAt = 0',
    caughtBy: { file: 'packages/store-lowdb/test/damaged.test.ts', title: 'a hole' },
  },
  {
    name: 'a lowdb document is cut without a pause',
    file: lowdb('document/json-cursor.ts'),
    find: 'if (position - pausedAt < TURN_BYTES) return',
    replace: 'if (position >= 0) return',
    caughtBy: { file: 'test/scenarios/stalls.test.ts', title: 'lowdb document' },
  },
]
