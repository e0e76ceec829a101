import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { after, always, failedCodes, failureOf, freshDirectory, namesOf } from '../../disk/test/support/fixture.ts'
import { openedStore } from './support/fixture.ts'

const good = {
  sessionName: 'good',
  nested: { text: 'a "quoted" [bracket', list: [1, 2, { three: null }] },
  totalRequests: 7,
}
const isRoot = process.geteuid?.() === 0

async function fixture() {
  const directory = freshDirectory()
  const store = await openedStore(directory)
  await store.setMany(new Map([['good', good]]), always)
  return { directory, store, file: (name: string) => join(directory, `${name}.json`) }
}

const contents: ReadonlyArray<readonly [string, string | Buffer]> = [
  ['empty', ''],
  ['blank', ' \n'],
  ['not JSON', 'createdAt: 1'],
  ['NUL-filled', Buffer.alloc(300)],
  ['an array', '[]'],
  ['null', 'null'],
  ['a string', '"text"'],
  ['a number', '42'],
  ['not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
  ['over 2 MiB', `{"text":"${'x'.repeat(2 * 1024 * 1024)}"}`],
  ['nested a million deep', `{"a":${'['.repeat(500_000)}${']'.repeat(500_000)}}`],
  ['of more values than a record may have', `{"a":[${'{},'.repeat(60_000)}{}]}`],
  ['nested 202 deep', `{"a":${'['.repeat(201)}${']'.repeat(201)}}`],
]

test.each(contents)(
  'a file that is %s is unreadable and listed, and other records are readable',
  async (_, content) => {
    const { store, file } = await fixture()
    writeFileSync(file('bad'), content)
    const failure = await failureOf(store.getMany(['bad', 'good', 'absent'], always))
    expect(failedCodes(failure)).toEqual({ bad: 'STORE_RECORD_UNREADABLE' })
    expect(failure.values).toEqual(new Map([['good', good]]))
    expect(await namesOf(store)).toEqual(['bad', 'good'])
    await store.setAside(['bad'], always)
    expect(await namesOf(store)).toEqual(['good'])
  },
)

test('200 levels of nesting are read and written', async () => {
  const { store } = await fixture()
  const record = JSON.parse(`{"a":${'['.repeat(199)}${']'.repeat(199)}}`)
  await store.setMany(new Map([['deep', record]]), always)
  expect((await store.getMany(['deep'], always)).get('deep')).toEqual(record)
})

test('a record that was cut at any byte is unreadable, never another record', async () => {
  const { store, file } = await fixture()
  const bytes = readFileSync(file('good'))
  // The last byte is the line break; without it the record is still whole.
  const names = Array.from({ length: bytes.length - 1 }, (_, length) => `cut-${length}`)
  names.forEach((name, length) => {
    writeFileSync(file(name), bytes.subarray(0, length))
  })
  const failure = await failureOf(store.getMany([...names, 'good'], always))
  expect(failure.failed?.size).toBe(names.length)
  expect(failure.values?.get('good')).toEqual(good)
})

test('a flipped bit makes another record or an unreadable one, and no other error', async () => {
  const { store, file } = await fixture()
  const bytes = readFileSync(file('good'))
  const names: string[] = []
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const flipped = Buffer.from(bytes)
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    names.push(`flip-${bit}`)
    writeFileSync(file(`flip-${bit}`), flipped)
  }
  const failure = await failureOf(store.getMany([...names, 'good'], always))
  expect(new Set(Object.values(failedCodes(failure)))).toEqual(new Set(['STORE_RECORD_UNREADABLE']))
  expect((failure.failed?.size ?? 0) + (failure.values?.size ?? 0)).toBe(names.length + 1)
})

test('a sparse file of 1 TB is refused by its size, before anything is read', async () => {
  const { store, file } = await fixture()
  writeFileSync(file('sparse'), '{')
  truncateSync(file('sparse'), 1024 ** 4)
  expect(failedCodes(await failureOf(store.getMany(['sparse'], always)))).toEqual({ sparse: 'STORE_RECORD_UNREADABLE' })
})

test('an own __proto__ key changes no prototype, and is stored', async () => {
  const { store, file } = await fixture()
  writeFileSync(file('proto'), '{"__proto__": {"polluted": true}, "a": 1}')
  const record = (await store.getMany(['proto'], always)).get('proto') as object
  expect(Object.getPrototypeOf(record)).toBe(Object.prototype)
  expect('polluted' in {}).toBe(false)
  await store.setMany(new Map([['copy', record]]), always)
  expect(JSON.parse(readFileSync(file('copy'), 'utf8'))).toEqual(record)
})

test('a symbolic link, a FIFO, a directory and a socket are not records; setting them aside does not touch their targets', async () => {
  const { directory, store, file } = await fixture()
  const target = join(freshDirectory(), 'target')
  writeFileSync(target, '{"a":1}')
  symlinkSync(target, file('link'))
  execFileSync('mkfifo', [file('fifo')])
  mkdirSync(file('directory'))
  const server = createServer().listen(file('socket'))
  after(() => server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  const names = ['directory', 'fifo', 'link', 'socket']
  const failure = await failureOf(store.getMany([...names, 'good'], always))
  expect(failedCodes(failure)).toEqual(Object.fromEntries(names.map((name) => [name, 'STORE_RECORD_UNREADABLE'])))
  expect(failure.values?.get('good')).toEqual(good)
  expect(await namesOf(store)).toEqual(['directory', 'fifo', 'good', 'link', 'socket'])
  expect(failedCodes(await failureOf(store.setMany(new Map([['directory', {}]]), always)))).toEqual({
    directory: 'STORE_RECORD_UNREADABLE',
  })
  await store.setAside(names, always)
  expect(await namesOf(store)).toEqual(['good'])
  expect(readFileSync(target, 'utf8')).toBe('{"a":1}')
  expect(readdirSync(directory).filter((name) => name.includes('.corrupt-')).length).toBe(4)
})

test('writes and deletes affect a link itself, never its target', async () => {
  const { store, file } = await fixture()
  const target = join(freshDirectory(), 'target')
  writeFileSync(target, 'untouched')
  symlinkSync(target, file('replaced'))
  symlinkSync(target, file('removed'))
  await store.setMany(new Map([['replaced', good]]), always)
  await store.deleteMany(['removed'], always)
  expect(readFileSync(target, 'utf8')).toBe('untouched')
  expect(existsSync(file('removed'))).toBe(false)
})

test.skipIf(!isRoot)('a device is not a record (needs root)', async () => {
  const { store, file } = await fixture()
  execFileSync('mknod', [file('device'), 'c', '1', '5'])
  expect(failedCodes(await failureOf(store.getMany(['device'], always)))).toEqual({ device: 'STORE_RECORD_UNREADABLE' })
})
