import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { built } from '../../../test/support/built.ts'
import { type ChildWork, startChild } from '../../disk/test/support/child.ts'
import { always, contextOf, failureOf, freshDirectory, recordingLogger } from '../../disk/test/support/fixture.ts'
import { mounted, tmpfs } from '../../disk/test/support/mounted.ts'
import { can } from '../../disk/test/support/prerequisites.ts'
import { lowdbStore } from '../src/index.ts'
import { documentIn, freshFile, injected, openedStore, SOURCES } from './support/fixture.ts'

const store = built(SOURCES)
const write = [['set', { a: { n: 2 } }]] as const

/** Prepares a document with the record `a`: opening it then makes the same system calls every time. */
async function usedFile(): Promise<string> {
  const file = freshFile()
  const first = await openedStore(file)
  await first.setMany(new Map([['a', { n: 1 }]]), always)
  await first.close()
  return file
}

const inject = (file: string, injection: string, ops: ChildWork['ops']) => injected(store, file, [injection], ops)

test('the error of another process names the holder of the document; a stopped process keeps the lock, a killed one does not', async () => {
  const file = freshFile()
  const child = startChild(store, { options: { file }, context: { owner: 'o' }, ops: [['open']], hold: true })
  await child.until('open')
  child.process.kill('SIGSTOP')
  for (const owner of ['o', 'another', undefined]) {
    expect(await failureOf(lowdbStore({ file }).open?.(contextOf({ owner })) as Promise<void>)).toMatchObject({
      code: 'STORE_LOCKED',
      context: { pid: child.process.pid },
      message: expect.stringContaining(`The document ${file} is in use by process ${child.process.pid}`),
    })
  }
  await openedStore(file, { readOnly: true })
  child.process.kill('SIGKILL')
  await child.ended()
  await (await openedStore(file)).setMany(new Map([['a', {}]]), always)
})

// With one writing thread, the first fsync is that of the directory during open(), and the first rename is that of
// the probe during open().
test.skipIf(!can.strace).each([
  ['the fsync of the document', 'fsync:error=EIO:when=2', 1],
  ['the rename', 'rename:error=EIO:when=2', 1],
  ['the fsync of the directory', 'fsync:error=EIO:when=3', 2],
] as const)(
  'EIO on %s: the write fails, the document is whole, and the same write succeeds later (needs strace)',
  async (_, injection, n) => {
    const file = await usedFile()
    const lines = await inject(file, injection, [
      ['open'],
      ...write,
      ['get', ['a']],
      ['run', `cat ${file}`],
      ...write,
      ['get', ['a']],
    ])
    expect(lines[1]).toMatchObject({ set: 'STORE_UNAVAILABLE' })
    expect(lines[2]).toEqual({ get: { a: { n } } })
    expect(JSON.parse(String(lines[3]?.run)).records).toEqual({ a: { n } })
    expect(lines.slice(4)).toEqual([{ set: 'done' }, { get: { a: { n: 2 } } }])
    expect(documentIn(file).records).toEqual({ a: { n: 2 } })
  },
)

test.skipIf(!can.strace)(
  'after a failed sync of the directory, the same change is written again (needs strace)',
  async () => {
    const file = await usedFile()
    const lines = await inject(file, 'fsync:error=EIO:when=3..4', [['open'], ...write, ...write, ...write])
    expect(lines.map((line) => line.set)).toEqual([undefined, 'STORE_UNAVAILABLE', 'STORE_UNAVAILABLE', 'done'])
  },
)

test.skipIf(!can.strace)(
  'after a kill at any system call of a write, the document is the old or the new one (needs strace)',
  async () => {
    const seen = new Set<unknown>()
    const killAt = async (call: string, when: number): Promise<boolean> => {
      const file = await usedFile()
      const lines = await inject(file, `${call}:signal=KILL:when=${when}`, [['open'], ...write])
      const acknowledged = lines.some((line) => line.set === 'done')
      const record = (await (await openedStore(file)).getMany(['a'], always)).get('a')
      expect(acknowledged ? [{ n: 2 }] : [{ n: 1 }, { n: 2 }]).toContainEqual(record)
      seen.add((record as { n: number }).n)
      return !acknowledged
    }
    for (const call of ['fsync', 'rename']) {
      for (let when = 2; await killAt(call, when); when += 1) expect(when).toBeLessThan(20)
    }
    expect([...seen].sort()).toEqual([1, 2])
  },
)

test.skipIf(!can.strace)(
  'when a directory cannot be synced, durability is lowered, with one warning (needs strace)',
  async () => {
    const ops = [['durability'], ['open'], ['durability'], ...write] as const
    expect(await inject(await usedFile(), 'fsync:error=EINVAL:when=1', ops)).toEqual([
      { durability: 'power' },
      { warned: expect.stringContaining('cannot sync') },
      { open: 'done' },
      { durability: 'process' },
      { set: 'done' },
    ])
  },
)

test.skipIf(!can.mount)(
  'a full disk keeps the old document, and works again when there is room (needs mount rights)',
  async () => {
    const directory = freshDirectory()
    const ops = [
      ['open'],
      ['set', { a: { n: 1 } }],
      ['run', `head -c 1M /dev/zero > ${directory}/filler 2>/dev/null || true`],
      ['fill', ['b', 100_000]],
      ['get', ['a', 'b']],
      ['run', `cat ${directory}/sessions.json && ls ${directory}/.sessions%2ejson.tmp`],
      ['run', `rm ${directory}/filler`],
      ['set', { a: { n: 2 } }],
      ['get', ['a', 'b']],
    ] as const
    const lines = await mounted(store, tmpfs(directory, 'size=256k'), {
      options: { file: join(directory, 'sessions.json') },
      ops,
    })
    expect(lines).toMatchObject([
      { open: 'done' },
      { set: 'done' },
      { run: 'done' },
      { fill: 'STORE_FULL' },
      { get: { a: { n: 1 } } },
      {},
      { run: 'done' },
      { set: 'done' },
      { get: { a: { n: 2 } } },
    ])
    expect(JSON.parse(String(lines[5]?.run)).records).toEqual({ a: { n: 1 } })
  },
)

test.skipIf(!can.mount)(
  'a read-only directory can only be read, at open and later, until it is writable again (needs mount rights)',
  async () => {
    const directory = freshDirectory()
    const readOnly = ['run', `mount --bind ${directory} ${directory} && mount -o remount,bind,ro ${directory}`] as const
    const over = ['run', `umount ${directory}`] as const
    const ops = [readOnly, ['open'], over, ['open'], readOnly, ...write, ['get', ['a']], over, ...write] as const
    const options = { file: join(directory, 'sessions.json') }
    expect(await mounted(store, tmpfs(directory, 'size=1m'), { options, ops })).toMatchObject([
      { run: 'done' },
      { open: 'STORE_READ_ONLY', errno: 'EROFS' },
      { run: 'done' },
      { open: 'done' },
      { run: 'done' },
      { set: 'STORE_UNAVAILABLE' },
      { get: {} },
      { run: 'done' },
      { set: 'done' },
    ])
  },
)

test.skipIf(!can.strace)('a write that is given up during its fsync is not published (needs strace)', async () => {
  const file = await usedFile()
  const ops = [['open'], ['abandon', [{ a: { n: 2 } }, 100]], ['get', ['a']]] as const
  const lines = await inject(file, 'fsync:delay_enter=400ms:when=2', ops)
  expect(lines.slice(1)).toMatchObject([{ abandon: 'STORE_TIMEOUT' }, { get: { a: { n: 1 } } }])
  expect(documentIn(file).records).toEqual({ a: { n: 1 } })
})

test.skipIf(!can.sharedMemory)(
  'a document in a directory in memory declares the durability process, with one warning (needs /dev/shm)',
  async () => {
    const directory = mkdtempSync('/dev/shm/lowdb-store-')
    try {
      const logger = recordingLogger()
      const store = lowdbStore({ file: join(directory, 'sessions.json') })
      await store.open?.({ ...always, logger })
      expect(store.capabilities.durability).toBe('process')
      await store.close?.()
      expect(logger.entries.map(({ message }) => message)).toEqual([expect.stringContaining('is in memory')])
    } finally {
      rmSync(directory, { recursive: true })
    }
  },
)

test.skipIf(!can.mount)(
  'a document that is mounted as a single file is refused, with the advice to mount its directory (needs mount rights)',
  async () => {
    const directory = freshDirectory()
    const file = join(directory, 'sessions.json')
    writeFileSync(file, '')
    const ops = [['open'], ['run', `umount ${file}`], ['open'], ['close']] as const
    expect(await mounted(store, `mount --bind ${file} ${file}`, { options: { file }, ops })).toMatchObject([
      { open: 'STORE_MISCONFIGURED' },
      { run: 'done' },
      { warned: expect.any(String) },
      { open: 'done' },
      { close: 'done' },
    ])
  },
)
