import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  always,
  contextOf,
  failedCodes,
  failureOf,
  freshDirectory,
  namesOf,
  recordingLogger,
} from '../../disk/test/support/fixture.ts'
import { lowdbStore } from '../src/index.ts'
import { asideOf, documentIn, freshFile, openedStore } from './support/fixture.ts'

const record = { text: 'a "quoted" {bracket', list: [1, 2], n: 7 }
const refusal = (file: string, readOnly = false) =>
  failureOf(lowdbStore({ file }).open?.(contextOf({ readOnly })) as Promise<void>)

/** Returns a document with two records in the default namespace and one of a pool. */
async function goodBytes(): Promise<Buffer> {
  const file = freshFile()
  const store = await openedStore(file)
  const pool = await openedStore(file, { namespace: 'bot' })
  await store.setMany(new Map(Object.entries({ a: record, b: record, empty: {} })), always)
  await pool.setMany(new Map([['a', record]]), always)
  await Promise.all([store.close(), pool.close()])
  return readFileSync(file)
}

test.each([
  ['empty', Buffer.of()],
  ['blank', Buffer.from(' \n')],
  ['NUL-filled', Buffer.alloc(300)],
  ['cut after the first byte', Buffer.from('{')],
  ['cut in the mark', Buffer.from('{\n  "sessionk')],
])('a document that is %s is set aside and reported, and the store goes on', async (_, bytes) => {
  const file = freshFile()
  writeFileSync(file, bytes)
  expect(await refusal(file, true)).toMatchObject({ code: 'STORE_UNAVAILABLE' })
  const logger = recordingLogger()
  const store = await openedStore(file, { logger })
  expect(logger.entries).toMatchObject([{ level: 'warn', fields: { file, records: 0 } }])
  expect(await namesOf(store)).toEqual([])
  expect(asideOf(file)).toEqual([bytes])
  await store.setMany(new Map([['a', record]]), always)
  expect(documentIn(file)).toEqual({ sessionkeep: 1, records: { a: record } })
})

test.each([0, 1, 2, 3])(
  'a text of four-byte characters is read whole where the check of megabytes has its seams, moved by %i bytes',
  async (by) => {
    const file = freshFile()
    const text = `${'x'.repeat(by)}${'😀'.repeat(200_000)}`
    const records = Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`r${at}`, { text }]))
    writeFileSync(file, JSON.stringify({ sessionkeep: 1, records }))
    const store = await openedStore(file)
    expect(await store.getMany(['r0', 'r4', 'r8'], always)).toEqual(
      new Map(['r0', 'r4', 'r8'].map((name) => [name, { text }])),
    )
    expect(asideOf(file)).toEqual([])
  },
)

test.each([
  ['many letters', Buffer.alloc(65_536, 'x')],
  ['a hole that a power cut left', Buffer.alloc(16_000_000)],
])('a name of %s is damage, which is told in a line', async (_, name) => {
  const file = freshFile()
  const bytes = Buffer.concat([Buffer.from('{"sessionkeep": 1, "records": {"a'), name, Buffer.from('": {}}}')])
  writeFileSync(file, bytes)
  const logger = recordingLogger()
  await openedStore(file, { logger })
  expect(asideOf(file)[0]?.equals(bytes)).toBe(true)
  const [{ message = '' } = {}] = logger.entries
  expect(message.length).toBeLessThan(500)
})

test('a document of an unknown format is refused, and the message shows only the beginning of that format', async () => {
  const file = freshFile()
  writeFileSync(file, JSON.stringify({ sessionkeep: 'x'.repeat(1_000_000), records: {} }))
  const { code, message } = (await refusal(file)) as Error & { code: string }
  expect(code).toBe('STORE_MISCONFIGURED')
  expect(message).toMatch(/its format is "x{19}, and this release knows 1/)
  expect(message.length).toBeLessThan(500)
})

test('a wrong byte behind the first megabytes is found', async () => {
  const file = freshFile()
  const records = Object.fromEntries(Array.from({ length: 6 }, (_, at) => [`r${at}`, { text: 'x'.repeat(950_000) }]))
  const bytes = Buffer.from(JSON.stringify({ sessionkeep: 1, records }))
  bytes[5_500_000] = 0xff
  writeFileSync(file, bytes)
  const logger = recordingLogger()
  await openedStore(file, { logger })
  expect(logger.entries).toMatchObject([{ level: 'warn', fields: { why: 'it is not UTF-8' } }])
  // To compare the bytes one by one would take longer than all the rest.
  expect(asideOf(file).map((aside) => aside.equals(bytes))).toEqual([true])
})

test('a document that was cut at any byte is set aside, its complete records are kept, and no record changes', async () => {
  const bytes = await goodBytes()
  const kept: number[] = []
  // The last byte is the line break; without it the document is still whole.
  for (let length = 0; length < bytes.length - 1; length += 7) {
    const file = freshFile()
    writeFileSync(file, bytes.subarray(0, length))
    const store = await openedStore(file, {}, { durability: 'process' })
    const names = await namesOf(store)
    for (const [name, value] of await store.getMany(names, always))
      expect(value).toEqual(name === 'empty' ? {} : record)
    expect(asideOf(file)).toEqual([bytes.subarray(0, length)])
    kept.push(names.length)
    await store.close()
  }
  expect(kept).toEqual([...kept].sort())
  expect([kept[0], kept.at(-1)]).toEqual([0, 3])
})

test.each([
  ['NULs', (bytes: Buffer) => bytes.fill(0, bytes.indexOf('"b"') + 12, bytes.indexOf('"b"') + 20)],
  ['wrong UTF-8', (bytes: Buffer) => bytes.fill(0xff, bytes.indexOf('"b"') + 30, bytes.indexOf('"b"') + 31)],
  ['a typing error', (bytes: Buffer) => bytes.fill('"', bytes.indexOf('"b"') + 10, bytes.indexOf('"b"') + 11)],
])('a document with %s in one record keeps the other records of all pools', async (_, spoil) => {
  const file = freshFile()
  const bytes = spoil(await goodBytes())
  writeFileSync(file, bytes)
  const store = await openedStore(file)
  expect(await namesOf(store)).toEqual(['a', 'empty'])
  expect((await store.getMany(['a'], always)).get('a')).toEqual(record)
  expect(await namesOf(await openedStore(file, { namespace: 'bot' }))).toEqual(['a'])
  expect(asideOf(file)).toEqual([bytes])
})

test.each([
  ['an array', '[]'],
  ['of another program', '{"users":[{"name":"a"}]}'],
  ['an empty object', '{}'],
  ['torn and of another program', '{"users":[{"na'],
  ['not JSON', 'users:\n  - a\n'],
  ['a binary file', 'SQLite format 3\0\0\u0001'],
  ['of a later format', '{"sessionkeep": 2, "records": {}}'],
  ['with invalid records', '{"sessionkeep": 1, "records": []}'],
  ['with invalid pools', '{"sessionkeep": 1, "pools": {"a": 1}}'],
])('a file that is %s is refused with its path and advice, and is not changed', async (_, content) => {
  const file = freshFile()
  writeFileSync(file, content)
  for (const readOnly of [false, true]) {
    const failure = await refusal(file, readOnly)
    expect(failure).toMatchObject({ code: 'STORE_MISCONFIGURED', retryable: false })
    expect(failure.message).toContain(file)
    expect(failure.message).toContain('name another file')
  }
  expect(readFileSync(file, 'utf8')).toBe(content)
  expect(asideOf(file)).toEqual([])
})

test('a link, a FIFO, a directory and a file of 1 TB are refused, and the target of a link is not touched', async () => {
  const directory = freshDirectory()
  const at = (name: string) => join(directory, name)
  writeFileSync(at('target'), 'mine')
  symlinkSync(at('target'), at('link'))
  execFileSync('mkfifo', [at('fifo')])
  mkdirSync(at('directory'))
  writeFileSync(at('sparse'), '{')
  truncateSync(at('sparse'), 1024 ** 4)
  for (const name of ['link', 'fifo', 'directory', 'sparse']) {
    for (const readOnly of [false, true]) {
      expect(await refusal(at(name), readOnly)).toMatchObject({ code: 'STORE_MISCONFIGURED' })
    }
  }
  expect(readFileSync(at('target'), 'utf8')).toBe('mine')
})

test.each([201, 500_000])(
  'a record that is nested %i deep is unreadable alone, and is kept as it is',
  async (depth) => {
    const file = freshFile()
    const deep = `{"a":${'['.repeat(depth)}12345678901234567890${']'.repeat(depth)}}`
    for (const [namespace, content] of [
      [undefined, `{"sessionkeep": 1, "records": {"deep": ${deep}, "good": {"n": 1}}}`],
      ['bot', `{"sessionkeep": 1, "pools": {"bot": {"deep": ${deep}, "good": {"n": 1}}}}`],
    ] as const) {
      writeFileSync(file, content)
      const store = await openedStore(file, { namespace })
      const failure = await failureOf(store.getMany(['deep', 'good'], always))
      expect(failedCodes(failure)).toEqual({ deep: 'STORE_RECORD_UNREADABLE' })
      await store.setMany(new Map([['good', { n: 2 }]]), always)
      expect(readFileSync(file, 'utf8').replaceAll(/\s/g, '')).toContain(deep)
      await store.setAside?.(['deep'], always)
      expect(readFileSync(file, 'utf8').replaceAll(/\s/g, '')).toContain(deep.slice(5))
      await store.setMany(new Map([['deep', { n: 3 }]]), always)
      expect((await store.getMany(['deep'], always)).get('deep')).toEqual({ n: 3 })
      await store.close?.()
    }
  },
)

const POOL = '    "c": {\n'
test.each([
  ['a wrong byte', (bytes: Buffer) => bytes.fill(0xff, bytes.indexOf(POOL), bytes.indexOf(POOL) + 3)],
  ['a hole from the pool before', (bytes: Buffer) => bytes.fill(0, bytes.indexOf(POOL) - 7, bytes.indexOf(POOL) + 8)],
  [
    'a value beyond the limits',
    (bytes: Buffer) =>
      Buffer.from(String(bytes).replace(POOL, POOL.replace('\n', `"large": "${'x'.repeat(2_000_000)}",\n`))),
  ],
])('%s in the line that names a pool gives the records of that pool to no other pool', async (_, spoil) => {
  const file = freshFile()
  const [before, damaged] = await Promise.all(['b', 'c'].map((namespace) => openedStore(file, { namespace })))
  await before?.setMany(new Map([['a', { of: 'b' }]]), always)
  await damaged?.setMany(new Map([['mine', { of: 'c' }]]), always)
  await Promise.all([before?.close(), damaged?.close()])
  writeFileSync(file, spoil(readFileSync(file)).subarray(0, -4))
  expect(await namesOf(await openedStore(file, { namespace: 'b' }))).toEqual(['a'])
})

// The time-out fails the test when the time grows with the square of the length.
test('a text of many escaped quotes that is torn does not hold up the gateway, and the other records are kept', {
  timeout: 10_000,
}, async () => {
  const file = freshFile()
  const torn = `{"id": 1234567890123456789, "text": "${'\\"'.repeat(400_000)}`
  writeFileSync(file, `{\n  "sessionkeep": 1,\n  "records": {\n    "a": {"n": 1},\n    "b": ${torn}`)
  expect(await namesOf(await openedStore(file))).toEqual(['a'])
})

test('a document whose format is damaged is set aside, and not taken for one of another program', async () => {
  const file = freshFile()
  writeFileSync(file, (await goodBytes()).fill(0, 19, 20))
  expect(await namesOf(await openedStore(file))).toEqual(['a', 'b', 'empty'])
})

test('lines inside a value beyond the limits are never taken for records of a torn document', async () => {
  const file = freshFile()
  const forged = `{\n    "forged": {"n": 1},\n    "more": [${'{},'.repeat(700_000)}{}]\n}`
  writeFileSync(file, `{"sessionkeep": 1, "records": {"good": {"n": 1}, "large": ${forged}}}`)
  const store = await openedStore(file)
  expect(failedCodes(await failureOf(store.getMany(['good', 'large'], always)))).toEqual({
    large: 'STORE_RECORD_UNREADABLE',
  })
  await store.setMany(new Map([['good', { n: 2 }]]), always)
  await store.close()
  writeFileSync(file, readFileSync(file).subarray(0, -3))
  const again = await openedStore(file)
  expect(await namesOf(again)).toEqual(['good'])
  expect((await again.getMany(['good'], always)).get('good')).toEqual({ n: 2 })
})

test('a record that is not an object is unreadable and listed, and can be set aside; other records are readable', async () => {
  const file = freshFile()
  const text = '{"sessionkeep":1,"by":"hand","records":{"bad":"text","good":{"n":1},"":{},"a\\u0000":{}}}'
  writeFileSync(file, `\ufeff${text}`)
  const store = await openedStore(file)
  const failure = await failureOf(store.getMany(['bad', 'good', 'absent'], always))
  expect(failedCodes(failure)).toEqual({ bad: 'STORE_RECORD_UNREADABLE' })
  expect(failure.values).toEqual(new Map([['good', { n: 1 }]]))
  // Invalid names stay in the document and are not listed, because no call could use them.
  expect(await namesOf(store)).toEqual(['bad', 'good'])
  await store.setAside(['bad'], always)
  expect(documentIn(file)).toEqual({
    sessionkeep: 1,
    records: { good: { n: 1 }, '': {}, 'a\0': {} },
    setAside: [{ name: 'bad', time: expect.any(String), content: 'text' }],
    by: 'hand',
  })
})
