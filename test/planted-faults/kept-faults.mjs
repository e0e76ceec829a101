const core = (file) => `packages/core/src/${file}`
const disk = (name) => `packages/disk/src/${name}`
const file = (name) => `packages/store-file/src/${name}`
const HISTORIES = { file: 'test/histories/histories.test.ts' }

/** @type {import('./list.d.mts').PlantedFault[]} */
export const keptFaults = [
  {
    name: 'two names share a file',
    file: disk('file-name.ts'),
    find: 'const encoded = plain ? name : escapeBytes(name)',
    replace: "const encoded = plain ? name : name.replace(/[^A-Za-z0-9_-]/g, '_')",
    caughtBy: { file: 'packages/disk/test/file-name.test.ts' },
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
    file: file('read-record.ts'),
    find: 'throw unreadable(label, file.path, why, error)',
    replace: 'return undefined',
    caughtBy: { file: 'packages/store-file/test/unreadable.test.ts' },
  },
  {
    name: 'what earlier runs counted is forgotten',
    file: core('memory/absorb.ts'),
    find: 'entry.base = past.totalRequests',
    replace: 'entry.base = 0',
    caughtBy: HISTORIES,
  },
  {
    name: 'a write is acknowledged before it is done',
    file: disk('write-ground.ts'),
    find: 'const write = () => replaceFile({ temp, target: path, bytes, sync, signal })',
    replace:
      'const write = async () => void setTimeout(() => void replaceFile({ temp, target: path, bytes, sync, signal }).catch(() => {}), 20)',
    caughtBy: HISTORIES,
  },
  {
    name: 'a listing that fails ends every session',
    file: core('discovery/survey.ts'),
    find: 'return { live: core.memory.all().map(({ session }) => session), hostError: listed }',
    replace: 'return { live: [], hostError: undefined }',
    caughtBy: {
      file: 'packages/core/test/pool/behind-its-back.test.ts',
      title: 'an unavailable host takes nothing away',
    },
  },
]
