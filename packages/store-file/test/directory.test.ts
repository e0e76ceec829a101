import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  after,
  always,
  contextOf,
  failedCodes,
  failureOf,
  freshDirectory,
  recordingLogger,
} from '../../disk/test/support/fixture.ts'
import { fileStore } from '../src/index.ts'
import { openedStore } from './support/fixture.ts'

const isRoot = process.geteuid?.() === 0
const refusal = (directory: string) => failureOf(fileStore({ directory }).open?.(contextOf()) as Promise<void>)
const modeOf = (path: string) => statSync(path).mode & 0o777

test.each([0, 0o022, 0o777])('under umask %i directories are 0700 and files 0600', async (umask) => {
  const directory = join(freshDirectory(), 'made', 'anew')
  const before = process.umask(umask)
  after(() => process.umask(before))
  const store = await openedStore(directory, { namespace: 'pool', owner: 'pool' })
  await store.setMany(new Map([['a', {}]]), always)
  const records = join(directory, 'pool')
  for (const path of [join(directory, '..'), directory, records, join(records, '.pool.tmp')])
    expect(modeOf(path)).toBe(0o700)
  for (const name of ['a.json', '.lock', '.pool.lock']) expect(modeOf(join(records, name))).toBe(0o600)
})

test('a file in place of the directory is refused', async () => {
  const path = join(freshDirectory(), 'file')
  writeFileSync(path, 'mine')
  expect(await refusal(path)).toMatchObject({ code: 'STORE_MISCONFIGURED', retryable: false })
  expect(await refusal(join(path, 'below'))).toMatchObject({ code: 'STORE_MISCONFIGURED' })
  expect(readFileSync(path, 'utf8')).toBe('mine')
})

test('a directory that the group can write to is accepted, and a sticky one for everybody is refused without advice to change it', async () => {
  const directory = freshDirectory()
  chmodSync(directory, 0o770)
  const store = fileStore({ directory })
  await store.open?.(contextOf())
  await store.close?.()
  chmodSync(directory, 0o1777)
  expect(await refusal(directory)).toMatchObject({
    code: 'STORE_MISCONFIGURED',
    message: expect.stringMatching(/directory of its own inside it$|directory of its own inside it\b/),
  })
})

test.each([0o777, 0o702])(
  'a directory that every user can write to is refused, and the message contains the chmod command',
  async (mode) => {
    const directory = freshDirectory()
    chmodSync(directory, mode)
    expect(await refusal(directory)).toMatchObject({
      code: 'STORE_MISCONFIGURED',
      message: expect.stringContaining('chmod'),
    })
    expect(readdirSync(directory)).toEqual([])
  },
)

test('the directory above that of a namespace is checked as well', async () => {
  const directory = freshDirectory()
  mkdirSync(join(directory, 'pool'), { mode: 0o700 })
  chmodSync(directory, 0o777)
  const opening = fileStore({ directory }).open?.(contextOf({ namespace: 'pool' })) as Promise<void>
  expect(await failureOf(opening)).toMatchObject({ code: 'STORE_MISCONFIGURED' })
})

test.skipIf(!isRoot)(
  "another user's directory is refused, and the message contains the chown command (needs root)",
  async () => {
    const directory = freshDirectory()
    chownSync(directory, 65534, 65534)
    expect(await refusal(directory)).toMatchObject({
      code: 'STORE_MISCONFIGURED',
      message: expect.stringContaining('chown'),
    })
  },
)

test('a symbolic link as the last part of the path is refused with its real path; a parent may be a link', async () => {
  const real = freshDirectory()
  const link = join(freshDirectory(), 'link')
  symlinkSync(real, link)
  expect(await refusal(link)).toMatchObject({
    code: 'STORE_MISCONFIGURED',
    message: expect.stringContaining(realpathSync(real)),
  })
  const store = await openedStore(join(link, 'sessions'))
  await store.setMany(new Map([['a', {}]]), always)
  expect(readdirSync(join(real, 'sessions'))).toContain('a.json')
})

test('leftovers of a killed writer of the same owner are removed, and nothing else', async () => {
  const directory = freshDirectory()
  const temp = join(directory, '.mine.tmp')
  const other = join(directory, '.other.tmp')
  mkdirSync(temp, { mode: 0o700 })
  mkdirSync(other, { mode: 0o700 })
  const leftover = `a.${'0f'.repeat(16)}.12.tmp`
  for (const path of [join(temp, leftover), join(other, leftover), join(temp, 'notes.tmp')]) writeFileSync(path, '{')
  await openedStore(directory, { owner: 'mine' })
  expect(readdirSync(temp)).toEqual(['notes.tmp'])
  expect(readdirSync(other)).toEqual([leftover])
})

test('a link or a file in place of our own files is refused', async () => {
  const elsewhere = freshDirectory()
  for (const name of ['.lock', '.tmp']) {
    const directory = freshDirectory()
    symlinkSync(elsewhere, join(directory, name))
    expect(await refusal(directory)).toMatchObject({ code: 'STORE_MISCONFIGURED' })
  }
})

const NOBODY = 65534
const changedByOthers = { code: 'STORE_MISCONFIGURED', message: expect.stringContaining('others could change it') }

test.skipIf(!isRoot)('a directory that a group can write to is used with a warning (needs root)', async () => {
  const directory = freshDirectory()
  chownSync(directory, 0, NOBODY)
  chmodSync(directory, 0o770)
  const logger = recordingLogger()
  await openedStore(directory, { logger })
  expect(logger.entries).toMatchObject([
    {
      level: 'warn',
      message: 'Other users could change the directory of a store',
      fields: { directory, why: expect.stringContaining(`the group ${NOBODY}`) },
    },
  ])
})

test('a directory below one that everybody can write to is used with a warning', async () => {
  const parent = freshDirectory()
  chmodSync(parent, 0o777)
  const logger = recordingLogger()
  await openedStore(join(parent, 'records'), { logger })
  expect(logger.entries).toMatchObject([{ fields: { why: expect.stringContaining(`${parent} can be written to`) } }])
})

test.skipIf(!isRoot)(
  "a directory below another user's directory or link is refused, and nothing is made there (needs root)",
  async () => {
    const parent = freshDirectory()
    mkdirSync(join(parent, 'ours/records'), { recursive: true, mode: 0o700 })
    symlinkSync('ours', join(parent, 'link'))
    lchownSync(join(parent, 'link'), NOBODY, NOBODY)
    for (const name of ['link/records', 'link/new'])
      expect(await refusal(join(parent, name))).toMatchObject(changedByOthers)
    chownSync(parent, NOBODY, NOBODY)
    for (const name of ['ours/records', 'new']) expect(await refusal(join(parent, name))).toMatchObject(changedByOthers)
    expect(readdirSync(parent).sort()).toEqual(['link', 'ours'])
    expect(readdirSync(join(parent, 'ours'))).toEqual(['records'])
  },
)

test('an observer refuses what others could change as well', async () => {
  const directory = freshDirectory()
  chmodSync(directory, 0o777)
  const opening = fileStore({ directory }).open?.(contextOf({ readOnly: true })) as Promise<void>
  expect(await failureOf(opening)).toMatchObject(changedByOthers)
})

test('a record that everybody may write is unreadable, and others are read', async () => {
  const directory = freshDirectory()
  const store = await openedStore(directory)
  await store.setMany(
    new Map([
      ['a', { n: 1 }],
      ['b', { n: 2 }],
    ]),
    always,
  )
  chmodSync(join(directory, 'a.json'), 0o666)
  // Nobody else may enter the directory.
  expect((await store.getMany(['a'], always)).size).toBe(1)
  chmodSync(directory, 0o755)
  const failure = await failureOf(store.getMany(['a', 'b'], always))
  expect(failedCodes(failure)).toEqual({ a: 'STORE_RECORD_UNREADABLE' })
  expect(failure.values).toEqual(new Map([['b', { n: 2 }]]))
  expect(failure.failed?.get('a')?.message).toContain('every user may write it')
})

test.skipIf(!isRoot)('a record of another user is unreadable, and can be set aside (needs root)', async () => {
  const directory = freshDirectory()
  const store = await openedStore(directory)
  writeFileSync(join(directory, 'a.json'), '{"totalRequests":666}')
  chownSync(join(directory, 'a.json'), NOBODY, NOBODY)
  const failure = await failureOf(store.getMany(['a'], always))
  expect(failure.failed?.get('a')?.message).toContain(`it belongs to user ${NOBODY}, and this is user 0`)
  await store.setAside(['a'], always)
  expect(await store.getMany(['a'], always)).toEqual(new Map())
})

test('a named pipe in place of a lock file is refused and not waited for', async () => {
  const directory = freshDirectory()
  for (const name of ['.lock', '.mine.lock']) execFileSync('mkfifo', [join(directory, name)])
  expect(await failureOf(fileStore({ directory }).open?.(contextOf({ owner: 'mine' })) as Promise<void>)).toMatchObject(
    {
      code: 'STORE_MISCONFIGURED',
    },
  )
})
