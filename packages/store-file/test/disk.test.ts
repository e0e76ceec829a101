import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startChild } from '../../disk/test/support/child.ts'
import { always, freshDirectory } from '../../disk/test/support/fixture.ts'
import { mounted, tmpfs } from '../../disk/test/support/mounted.ts'
import { can } from '../../disk/test/support/prerequisites.ts'
import { builtStore, openedStore } from './support/fixture.ts'

const built = builtStore()

test.skipIf(!can.mount)(
  'a full disk keeps the old record, publishes no part of the new one, and works again when there is room (needs mount rights)',
  async () => {
    const directory = freshDirectory()
    const ops = [
      ['open'],
      ['set', { a: { n: 1 } }],
      ['fill', ['filler', 150_000]],
      ['fill', ['a', 300_000]],
      ['get', ['a']],
      ['run', `ls ${directory}/.tmp`],
      ['delete', ['filler']],
      ['set', { a: { n: 2 } }],
      ['fill', ['b', 300_000]],
      ['get', ['a', 'b']],
      ['close'],
      ['run', `head -c 1M /dev/zero > ${directory}/filler.txt 2>/dev/null || true`],
      ['open'],
      ['get', ['a']],
    ] as const
    expect(await mounted(built, tmpfs(directory, 'size=256k'), { directory, ops })).toMatchObject([
      { open: 'done' },
      { set: 'done' },
      { fill: 'done' },
      { fill: 'STORE_BATCH_FAILED', failed: { a: 'STORE_FULL' } },
      { get: { a: { n: 1 } } },
      { run: 'done' },
      { delete: 'done' },
      { set: 'done' },
      { fill: 'STORE_BATCH_FAILED', failed: { b: 'STORE_FULL' } },
      { get: { a: { n: 2 } } },
      { close: 'done' },
      { run: 'done' },
      { open: 'done' },
      { get: { a: { n: 2 } } },
    ])
  },
)

test.skipIf(!can.mount)(
  'a disk without free inodes counts as full, and stored records can still be read (needs mount rights)',
  async () => {
    const directory = freshDirectory()
    const records = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`n${at}`, { at }]))
    const ops = [
      ['open'],
      ['set', records],
      ['close'],
      ['run', `for n in 1 2 3 4 5 6 7 8; do touch ${directory}/$n; done 2>/dev/null || true`],
      ['open'],
      ['list'],
    ] as const
    const lines = await mounted(built, tmpfs(directory, 'nr_inodes=12'), { directory, ops })
    expect(lines.slice(-2)).toEqual([{ open: 'done' }, { list: expect.arrayContaining(['n0', 'n1']) }])
    expect(lines[1]).toMatchObject({ set: 'STORE_BATCH_FAILED' })
    expect(new Set(Object.values(lines[1]?.failed as object))).toEqual(new Set(['STORE_FULL']))
  },
)

test.skipIf(!can.mount)(
  'a read-only mount can only be read, at open and later, until it is writable again (needs mount rights)',
  async () => {
    const directory = freshDirectory()
    // The directory is mounted over itself, because a mount with files open for writing, such as our lock, cannot be
    // remounted.
    const readOnly = ['run', `mount --bind ${directory} ${directory} && mount -o remount,bind,ro ${directory}`] as const
    const over = ['run', `umount ${directory}`] as const
    const set = ['set', { a: {} }] as const
    const ops = [readOnly, ['open'], over, ['open'], readOnly, set, ['get', ['a']], over, set] as const
    expect(await mounted(built, tmpfs(directory, 'size=1m'), { directory, ops })).toMatchObject([
      { run: 'done' },
      { open: 'STORE_READ_ONLY', failed: {}, errno: 'EROFS' },
      { run: 'done' },
      { open: 'done' },
      { run: 'done' },
      { set: 'STORE_BATCH_FAILED', failed: { a: 'STORE_UNAVAILABLE' } },
      { get: {} },
      { run: 'done' },
      { set: 'done' },
    ])
  },
)

test.skipIf(!can.mount)(
  'an unmounted or exchanged volume is unavailable, and nothing is written to the place (needs mount rights)',
  async () => {
    const [directory, aside] = [freshDirectory(), freshDirectory()]
    const ops = [
      ['open'],
      ['set', { a: { n: 1 } }],
      ['run', `mount --bind ${directory} ${aside} && umount -l ${directory}`],
      ['get', ['a']],
      ['list'],
      ['set', { a: { n: 2 } }],
      ['close'],
      ['open'],
      ['run', tmpfs(directory, 'size=1m')],
      ['open'],
      ['run', `ls -A ${directory}`],
      ['run', `umount ${directory} && mount --bind ${aside} ${directory}`],
      ['open'],
      ['set', { b: { n: 2 } }],
      ['list'],
    ] as const
    const nothing = { failed: {} }
    expect(await mounted(built, tmpfs(directory, 'size=1m'), { directory, ops })).toMatchObject([
      { open: 'done' },
      { set: 'done' },
      { run: 'done' },
      { get: 'STORE_CLOSED', ...nothing },
      { list: 'STORE_CLOSED', ...nothing },
      { set: 'STORE_CLOSED', ...nothing },
      { close: 'done' },
      { open: 'STORE_UNAVAILABLE', ...nothing },
      { run: 'done' },
      { open: 'STORE_UNAVAILABLE', ...nothing },
      { run: 'done' },
      { run: 'done' },
      { open: 'done' },
      { set: 'done' },
      { list: expect.arrayContaining(['a', 'b']) },
    ])
  },
)

test.skipIf(!can.setpriv)(
  'a record or directory without access rights is unavailable (needs root, to give up its rights)',
  async () => {
    const directory = freshDirectory()
    const store = await openedStore(directory)
    await store.setMany(
      new Map([
        ['a', {}],
        ['b', {}],
      ]),
      always,
    )
    await store.close()
    chmodSync(join(directory, 'a.json'), 0)
    const without = ['--bounding-set=', '--inh-caps='].map((flag) => `${flag}-dac_override,-dac_read_search`)
    const ops = [['open'], ['get', ['a', 'b', 'c']], ['close'], ['run', `chmod 500 ${directory}`], ['open']] as const
    expect(await startChild(built, { directory, ops }, ['setpriv', ...without]).ended()).toMatchObject([
      { open: 'done' },
      { get: 'STORE_BATCH_FAILED', failed: { a: 'STORE_UNAVAILABLE' } },
      { close: 'done' },
      { run: 'done' },
      { open: 'STORE_READ_ONLY', failed: {}, errno: 'EACCES' },
    ])
  },
)

test.skipIf(!can.loop)(
  'a frozen disk blocks at most two threads, so that other files can be used (needs root and a loop device)',
  async () => {
    const base = freshDirectory()
    const volume = join(base, 'm')
    mkdirSync(volume)
    const directory = join(volume, 'sessions')
    execFileSync('truncate', ['-s', '16M', join(base, 'img')])
    execFileSync('mkfs.ext4', ['-q', join(base, 'img')])
    const batches = Array.from({ length: 10 }, (_, at) => ({ [`n${at}`]: { at } }))
    const ops = [
      ['open'],
      ['run', `fsfreeze -f ${volume}`],
      ['begin', batches],
      ['elsewhere', 50],
      ['pending'],
      ['run', `fsfreeze -u ${volume}`],
      ['settle'],
      ['close'],
    ] as const
    const mounting = `mount -o loop ${base}/img ${volume}; chmod 700 ${volume}; trap 'fsfreeze -u ${volume} 2>/dev/null || true' EXIT`
    const lines = await mounted(built, mounting, { directory, ops }, { UV_THREADPOOL_SIZE: '4' })
    expect(lines.filter((line) => !('set' in line)).slice(3)).toMatchObject([
      { elsewhere: 'done' },
      { pending: 10 },
      { run: 'done' },
      { settle: Array(10).fill('fulfilled') },
      { close: 'done' },
    ])
  },
)
