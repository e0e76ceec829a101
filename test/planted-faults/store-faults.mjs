const core = (file) => `packages/core/src/${file}`
const disk = (name) => `packages/disk/src/${name}`
const file = (name) => `packages/store-file/src/${name}`
const lowdb = (name) => `packages/store-lowdb/src/${name}`
const tmux = (name) => `packages/tmux/src/${name}`
const STAMP = { file: 'packages/tmux/test/stamp.test.ts' }
const keyv = (name) => `packages/store-keyv/src/${name}`
const keyvTest = (name) => ({ file: `packages/store-keyv/test/engines/${name}.test.ts` })
const HISTORIES = { file: 'test/histories/histories.test.ts' }

/** @type {import('./list.d.mts').PlantedFault[]} */
export const storeFaults = [
  {
    name: 'two names share a file',
    file: disk('file-name.ts'),
    find: 'const encoded = plain ? name : escapeBytes(name)',
    replace: "const encoded = plain ? name : name.replace(/[^A-Za-z0-9_-]/g, '_')",
    caughtBy: { file: 'packages/disk/test/file-name.test.ts' },
  },
  {
    name: 'the owner of a directory above is not looked at',
    file: 'packages/contracts/src/base/path-trust.ts',
    find: 'const isTrusted = owners.has(stat.uid)',
    replace: 'const isTrusted = !isAim || owners.has(stat.uid)',
    caughtBy: { file: 'packages/contracts/test/base/path-trust.test.ts' },
  },
  {
    name: 'a configuration that others could change is used',
    file: 'packages/selection/src/file/trusted-file.ts',
    find: 'return fault ?? doubts[0]',
    replace: 'return fault && doubts[0]',
    caughtBy: { file: 'packages/selection/test/file/find-config.test.ts' },
  },
  {
    name: 'the record of another user is believed',
    file: disk('read-file.ts'),
    find: 'if (uid !== self && uid !== 0) return',
    replace: 'if (uid < 0) return',
    caughtBy: { file: 'packages/store-file/test/directory.test.ts' },
  },
  {
    name: 'the kernel lock that another holds is ignored',
    file: disk('kernel-lock.ts'),
    find: "else if (status === 1) resolve('held')",
    replace: "else if (status === 1) resolve('locked')",
    caughtBy: { file: 'packages/store-file/test/writer-lock.test.ts' },
  },
  {
    name: 'a torn file is read as absent',
    file: file('record-file.ts'),
    find: 'throw unreadableRecord(file.name ?? file.path, why, error, { path: file.path })',
    replace: 'return undefined',
    caughtBy: { file: 'packages/store-file/test/unreadable.test.ts' },
  },
  {
    name: 'a damaged line of the journal is used',
    file: file('journal/line.ts'),
    find: "if (row[8] !== ' ' || row.slice(0, 8) !== checksum(body)) return undefined",
    replace: "if (row[8] !== ' ') return undefined",
    caughtBy: { file: 'packages/store-file/test/journal/segments.test.ts' },
  },
  {
    name: 'a record of the journal overwrites a change by hand',
    file: file('journal/overlay.ts'),
    find: 'if (at === undefined) return false',
    replace: 'if (at === undefined) return true',
    caughtBy: { file: 'packages/store-file/test/journal/hand-edits.test.ts' },
  },
  {
    name: 'the segment that is being written is removed with the complete ones',
    file: file('journal/journal.ts'),
    find: 'complete: [...writer.paths()]',
    replace: 'complete: writer.paths()',
    caughtBy: { file: 'packages/store-file/test/journal/while-running.test.ts' },
  },
  {
    name: 'the counts of earlier runs are forgotten',
    file: core('sessions/project.ts'),
    find: 'past ? sumOf(countsOf(past), life) : 0',
    replace: '0',
    caughtBy: HISTORIES,
  },
  {
    name: 'a write is acknowledged before it is done',
    file: disk('write-target.ts'),
    find: 'const write = () => replaceFile({ temp, target: path, bytes, sync, signal })',
    replace:
      'const write = async () => void setTimeout(() => void replaceFile({ temp, target: path, bytes, sync, signal }).catch(() => {}), 20)',
    caughtBy: HISTORIES,
  },
  {
    name: 'a document that another program changed is overwritten',
    file: lowdb('document-adapter.ts'),
    find: 'isOurs: async () => (await versionAt(file)) === version,',
    replace: 'isOurs: async () => (await versionAt(file)) !== undefined,',
    caughtBy: { file: 'packages/store-lowdb/test/changed-by-others.test.ts' },
  },
  {
    name: 'a torn document is overwritten without being set aside',
    file: lowdb('document-adapter.ts'),
    find: 'await withPermit(adapter.signal, () => linkOrRename(aside, file))',
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
    name: 'a listing that fails ends every session',
    file: core('discovery/discover.ts'),
    find: 'return { live: table.living().map(({ hosted }) => hosted), unreadable: [], hostError: listed }',
    replace: 'return { live: [], unreadable: [], hostError: undefined }',
    caughtBy: {
      file: 'packages/core/test/pool/host-changes.test.ts',
      title: 'no session or record is lost while the host is unavailable',
    },
  },
  {
    name: 'a stamp is believed whatever its signature',
    file: tmux('stamp.ts'),
    find: 'timingSafeEqual(Buffer.from(sign(signed)), Buffer.from(signature))',
    replace: 'sign(signed).length === signature.length',
    caughtBy: STAMP,
  },
  {
    name: 'a session without a stamp can have the pane of another session',
    file: tmux('rows.ts'),
    find: 'const free = panes.filter((row) => !isTaken(row))',
    replace: 'const free = panes.filter((row) => isTaken(row) || true)',
    caughtBy: STAMP,
  },
  {
    name: 'a stamp that is not believed is replaced',
    file: tmux('write-stamp.ts'),
    find: "isFirst ? ' -o' : ''",
    replace: "isFirst ? '' : ''",
    caughtBy: STAMP,
  },
  {
    name: 'a key that others can read is used',
    file: tmux('stamp-key.ts'),
    find: 'if ((stat.mode & 0o077) !== 0) throw',
    replace: 'if (stat.mode === 0) throw',
    caughtBy: STAMP,
  },
  {
    name: 'the record of another session is read from the options of this one',
    file: tmux('store/records.ts'),
    find: 'if (isOfAnother(record, incarnation)) throw',
    replace: 'if (record === isOfAnother) throw',
    caughtBy: { file: 'packages/tmux/test/store/tmux-store.test.ts' },
  },
  {
    name: 'a write to Redis does not ask whether the lease is held',
    file: keyv('engines/redis-scripts.ts'),
    find: 'if held ~= ARGV[1] then return',
    replace: 'if false then return',
    caughtBy: { file: 'test/handover/hand-overs.test.ts', title: 'on Redis' },
  },
  {
    name: 'a lost connection is not told to the pool',
    file: 'packages/replication/src/connection.ts',
    find: 'if (access.opened === opened) noteLost(error)',
    replace: 'if (access.opened !== opened) noteLost(error)',
    caughtBy: { file: 'packages/core/test/replication/connection.test.ts' },
  },
  {
    name: 'records of a former id are removed without being copied',
    file: 'packages/replication/src/move-records.ts',
    find: 'const moved = await opened(identity, () => copy(calls, identity.owner, records))',
    replace: 'const moved = await opened(identity, async () => [...records.keys()])',
    caughtBy: { file: 'test/scenarios/former-ids.test.ts' },
  },
  {
    name: 'messages of a Postgres server reach pg unchecked',
    file: keyv('engines/postgres-guard.ts'),
    find: '      checkMessage(message)\n',
    replace: '',
    caughtBy: keyvTest('postgres-guard'),
  },
  {
    name: 'a change in Postgres is made without the lease',
    file: keyv('engines/postgres-statements.ts'),
    find: "statement('EXISTS (SELECT 1 FROM held)')",
    replace: "statement('true')",
    caughtBy: keyvTest('postgres'),
  },
  {
    name: 'a change in etcd is made without the lease',
    file: keyv('engines/etcd-lease.ts'),
    find: "const compare = [{ key, target: 'Mod', result: 'Equal', mod_revision: fence }]",
    replace: 'const compare = fence === undefined ? [] : []',
    caughtBy: keyvTest('etcd'),
  },
  {
    name: 'the next member of an etcd cluster is not tried',
    file: keyv('engines/etcd-members.ts'),
    find: 'if (hosts.length === 1 || left === 0',
    replace: 'if (hosts.length > 0 || left === 0',
    caughtBy: keyvTest('etcd-members'),
  },
  {
    name: 'an adapter that hides an outage is believed',
    file: keyv('engines/instance.ts'),
    find: 'if (texts.has(key)) return',
    replace: 'if (texts.size >= 0) return',
    caughtBy: keyvTest('instance'),
  },
  {
    name: 'one record that the server refuses holds up its batch',
    file: keyv('in-halves.ts'),
    find: 'if (!isContentFault(error)) throw error',
    replace: 'if (items.length > 1 || !isContentFault(error)) throw error',
    caughtBy: keyvTest('postgres'),
  },
]
