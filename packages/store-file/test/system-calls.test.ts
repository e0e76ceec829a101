import { readdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type ChildWork, type Line, startChild } from '../../disk/test/support/child.ts'
import { always, freshDirectory, namesOf } from '../../disk/test/support/fixture.ts'
import { can } from '../../disk/test/support/prerequisites.ts'
import { builtStore, openedStore } from './support/fixture.ts'

const built = builtStore()
const write = [['set', { a: { n: 2 } }]] as const
// The system calls of files that are written directly; test/journal has those of the journal.
const withoutJournal = { journal: false }
const again = [['set', { a: { n: 3 } }]] as const

/**
 * Prepares a directory that has been used before, with the record `a`: opening it then makes the same system calls
 * every time.
 */
async function usedDirectory(): Promise<string> {
  const directory = freshDirectory()
  const store = await openedStore(directory)
  await store.setMany(new Map([['a', { n: 1 }]]), always)
  await store.close()
  return directory
}

function inject(injection: string, work: ChildWork): Promise<Line[]> {
  const call = injection.split(':')[0]
  const strace = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${injection}`]
  return startChild(built, { ...work, options: withoutJournal }, strace).ended()
}

const stored = (directory: string) => JSON.parse(readFileSync(join(directory, 'a.json'), 'utf8'))
const leftovers = (directory: string) => readdirSync(join(directory, '.tmp'))

// With one writing thread, the first fsync is that of the directory during open(), and the first rename is that of
// the probe during open().
test.skipIf(!can.strace)(
  'EIO on the fsync of a record: the write fails, the old record is intact, the next write makes a new file (needs strace)',
  async () => {
    const directory = await usedDirectory()
    const lines = await inject('fsync:error=EIO:when=2', {
      directory,
      ops: [['open'], ...write, ['get', ['a']], ...again],
    })
    expect(lines).toEqual([
      { open: 'done' },
      { set: 'STORE_BATCH_FAILED', failed: { a: 'STORE_UNAVAILABLE' }, errno: expect.anything() },
      { get: { a: { n: 1 } } },
      { set: 'done' },
    ])
    expect(stored(directory)).toEqual({ n: 3 })
    expect(leftovers(directory)).toEqual([])
  },
)

test.skipIf(!can.strace)(
  'EIO on the rename: the write fails, the old record is intact, no file is left over (needs strace)',
  async () => {
    const directory = await usedDirectory()
    const lines = await inject('rename:error=EIO:when=2', { directory, ops: [['open'], ...write] })
    expect(lines[1]).toMatchObject({ set: 'STORE_BATCH_FAILED', failed: { a: 'STORE_UNAVAILABLE' } })
    expect(stored(directory)).toEqual({ n: 1 })
    expect(leftovers(directory)).toEqual([])
  },
)

test.skipIf(!can.strace)(
  'EIO on the fsync of the directory: nothing of the batch is acknowledged (needs strace)',
  async () => {
    const directory = await usedDirectory()
    const lines = await inject('fsync:error=EIO:when=3', { directory, ops: [['open'], ...write, ...again] })
    expect(lines).toEqual([{ open: 'done' }, { set: 'STORE_UNAVAILABLE', failed: {}, errno: 'EIO' }, { set: 'done' }])
  },
)

test.skipIf(!can.strace)(
  'after a failed sync of the directory, a repeated delete gives the next sync something to write (needs strace)',
  async () => {
    const directory = await usedDirectory()
    const trace = join(freshDirectory(), 'trace')
    const strace = ['strace', '-f', '-qq', '-o', trace, '-e', 'trace=fsync,rename,unlink']
    const injecting = [...strace, '-e', 'inject=fsync:error=EIO:when=2']
    const ops = [['open'], ['delete', ['a']], ['delete', ['a']]] as const
    const lines = await startChild(built, { directory, ops }, injecting).ended()
    expect(lines.map((line) => line.delete)).toEqual([undefined, 'STORE_UNAVAILABLE', 'done'])
    const calls = readFileSync(trace, 'utf8')
      .split('\n')
      .filter((line) => line.includes('sync(') || line.includes(directory))
    const [failed = -1] = calls.flatMap((line, at) => (line.includes('INJECTED') ? [at] : []))
    const after = calls.slice(failed + 1).map((line) => /\d+ +(\w+)/.exec(line)?.[1])
    expect(after).toEqual(['unlink', 'rename', 'unlink', 'fsync'])
  },
)

test.skipIf(!can.strace)(
  'when a directory cannot be synced, durability is lowered, with one warning (needs strace)',
  async () => {
    const directory = await usedDirectory()
    const ops = [['durability'], ['open'], ['durability'], ...write, ['close'], ['open']] as const
    const lines = await inject('fsync:error=EINVAL:when=1', { directory, ops })
    expect(lines).toEqual([
      { durability: 'power' },
      { warned: expect.stringContaining('cannot sync') },
      { open: 'done' },
      { durability: 'process' },
      { set: 'done' },
      { close: 'done' },
      { open: 'done' },
    ])
  },
)

test.skipIf(!can.strace)(
  "durability 'process' syncs nothing, and still replaces the file whole (needs strace)",
  async () => {
    const directory = await usedDirectory()
    const trace = join(freshDirectory(), 'trace')
    const strace = ['strace', '-f', '-qq', '-o', trace, '-e', 'trace=fsync,fdatasync,rename']
    const ops = [['open'], ...write] as const
    await startChild(built, { directory, ops, options: { ...withoutJournal, durability: 'process' } }, strace).ended()
    const trail = readFileSync(trace, 'utf8')
    expect(trail).not.toContain('sync(')
    expect(trail).toContain(`${directory}/a.json"`)
  },
)

test.skipIf(!can.strace)('EIO on a read is unavailable, never an absent record (needs strace)', async () => {
  const directory = await usedDirectory()
  const strace = ['strace', '-f', '-qq', '-o', '/dev/null', '-P', join(directory, 'a.json')]
  const ops = [['open'], ['get', ['a', 'absent']]] as const
  for (const call of ['pread64', 'openat']) {
    const injecting = [...strace, '-e', `trace=${call}`, '-e', `inject=${call}:error=EIO`]
    const lines = await startChild(built, { directory, ops }, injecting).ended()
    expect(lines[1]).toMatchObject({ get: 'STORE_BATCH_FAILED', failed: { a: 'STORE_UNAVAILABLE' } })
  }
})

test.skipIf(!can.strace)(
  'after a kill at any system call of a flush, the record is the old or the new one (needs strace)',
  async () => {
    const seen = new Set<number>()
    const killAt = async (call: string, when: number): Promise<boolean> => {
      const directory = await usedDirectory()
      const lines = await inject(`${call}:signal=KILL:when=${when}`, { directory, ops: [['open'], ...write] })
      const store = await openedStore(directory)
      const record = (await store.getMany(['a'], always)).get('a') as { n: number }
      expect([1, 2]).toContain(record.n)
      const acknowledged = lines.some((line) => line.set === 'done')
      if (acknowledged) expect(record.n).toBe(2)
      expect(await namesOf(store)).toEqual(['a'])
      expect(leftovers(directory)).toEqual([])
      seen.add(record.n)
      return !acknowledged
    }
    // Counting starts after opening, which makes one fsync and one rename itself.
    for (const [call, first] of [
      ['fsync', 2],
      ['rename', 2],
      ['close', 1],
      ['unlink', 1],
    ] as const) {
      for (let when = first; await killAt(call, when); when += 1) expect(when).toBeLessThan(60)
    }
    expect([...seen].sort()).toEqual([1, 2])
  },
)

test('a write without a free descriptor waits for one', async () => {
  const directory = await usedDirectory()
  const ops = [['open'], ['exhaust', 300], ...write, ['get', ['a']]] as const
  const lines = await startChild(built, { directory, ops }, ['sh', '-c', 'ulimit -n 40 && exec "$0" "$@"']).ended()
  expect(lines).toEqual([{ open: 'done' }, { exhaust: 'EMFILE' }, { set: 'done' }, { get: { a: { n: 2 } } }])
})

test.skipIf(!can.strace)('a write that is given up during its fsync is not published (needs strace)', async () => {
  const directory = await usedDirectory()
  const ops = [['open'], ['abandon', [{ a: { n: 2 } }, 100]], ['get', ['a']]] as const
  const lines = await inject('fsync:delay_enter=400ms:when=2', { directory, ops })
  expect(lines.slice(1)).toMatchObject([{ abandon: 'STORE_TIMEOUT', failed: {} }, { get: { a: { n: 1 } } }])
  expect(leftovers(directory)).toEqual([])
})

test.skipIf(!can.strace)(
  'a directory that vanishes between two system calls of a read makes it unavailable (needs strace)',
  async () => {
    const directory = await usedDirectory()
    const file = join(directory, 'a.json')
    const delaying = ['-P', file, '-e', 'trace=openat', '-e', 'inject=openat:delay_enter=3s']
    const ops = [['open'], ['later', [100, `mv ${directory} ${directory}-away`]], ['get', ['a']]] as const
    const lines = await startChild(built, { directory, ops }, [
      'strace',
      '-f',
      '-qq',
      '-o',
      '/dev/null',
      ...delaying,
    ]).ended()
    renameSync(`${directory}-away`, directory)
    expect(lines.at(-1)).toEqual({ get: 'STORE_UNAVAILABLE', failed: {} })
  },
)

test.skipIf(!can.strace)('a file that is shorter than its content is never published (needs strace)', async () => {
  const directory = await usedDirectory()
  const trace = join(freshDirectory(), 'trace')
  const tracing = ['strace', '-f', '-qq', '-o', trace, '-e', 'trace=statx,fstat,newfstatat,fsync']
  await startChild(built, { directory, ops: [['open'], ...write], options: withoutJournal }, tracing).ended()
  // In the writing thread, the stat of the file is the last one before the second fsync.
  const calls = readFileSync(trace, 'utf8').split('\n')
  const thread = calls.find((line) => line.includes('fsync('))?.split(' ')[0] ?? ''
  const own = calls.filter((line) => line.startsWith(`${thread} `)).map((line) => /(\w+)\(/.exec(line)?.[1] ?? '')
  const second = own.indexOf('fsync', own.indexOf('fsync') + 1)
  const [statCall = ''] = own.slice(second - 1, second)
  const when = own.slice(0, second).filter((call) => call === statCall).length
  const ops = [['open'], ['later', [100, `truncate -s 5 ${directory}/.tmp/a.*`]], ...again, ['get', ['a']]] as const
  const lines = await inject(`${statCall}:delay_enter=3s:when=${when}`, { directory, ops })
  expect(lines.slice(2)).toEqual([
    { set: 'STORE_BATCH_FAILED', failed: { a: 'STORE_UNAVAILABLE' }, errno: 'STORE_UNAVAILABLE' },
    { get: { a: { n: 2 } } },
  ])
})
