import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { always, failedCodes, failureOf, freshDirectory } from '../../../disk/test/support/fixture.ts'
import { openedStore } from '../support/fixture.ts'
import { copyOf, filesIn, get, hotRecord, inFile, journalled, namesOf, segmentsOf, set, warnings } from './support.ts'

test('a changed record is read at once, its file follows at close, and the journal is then empty', async () => {
  const { directory, store, file } = await hotRecord()
  expect(await get(store, 'a')).toEqual({ a: { n: 2 } })
  expect(inFile(file)).toEqual({ n: 1 })
  await store.close()
  expect(inFile(file)).toEqual({ n: 2 })
  expect(segmentsOf(directory)).toEqual([])
})

test('the files of records that are new or deleted change before the call resolves', async () => {
  const { directory, store } = await journalled()
  await set(store, { a: { n: 1 }, b: { n: 1 } })
  expect(inFile(join(directory, 'a.json'))).toEqual({ n: 1 })
  await set(store, { a: { n: 2 } })
  await store.deleteMany(['a', 'b'], always)
  expect(filesIn(directory)).toEqual([])
  expect(await namesOf(store)).toEqual([])
})

test('with 16 busy sessions, their files change before the call resolves; with 17, they follow', async () => {
  const { directory, store } = await journalled()
  const few = Array.from({ length: 16 }, (_, at) => `r${at}`)
  const more = [...few, 'last']
  const of = (n: number, names: string[]) => new Map(names.map((name) => [name, { n }]))
  const inFiles = () => ['r0', 'r9', 'last'].map((name) => inFile(join(directory, `${name}.json`)))
  await store.setMany(of(1, few), always)
  await store.setMany(of(2, few), always)
  await store.setMany(of(1, ['last']), always)
  expect(inFiles()).toEqual([{ n: 2 }, { n: 2 }, { n: 1 }])
  expect(existsSync(join(directory, '.journal'))).toBe(false)
  await store.setMany(of(3, more), always)
  await store.setMany(of(4, ['r0']), always)
  expect(inFiles()).toEqual([{ n: 4 }, { n: 2 }, { n: 1 }])
  const { store: next } = await journalled(copyOf(directory))
  expect(await get(next, 'r0', 'r9', 'last')).toEqual({ r0: { n: 4 }, r9: { n: 3 }, last: { n: 3 } })
})

test('small batches of many busy sessions go to the journal too; only batches of up to three records change files at once', async () => {
  const directory = freshDirectory()
  const store = await openedStore(directory, {}, { durability: 'process' })
  const names = Array.from({ length: 40 }, (_, at) => `r${at}`)
  const write = async (n: number, size: number) => {
    for (let at = 0; at < names.length; at += size)
      await store.setMany(new Map(names.slice(at, at + size).map((name) => [name, { n }])), always)
  }
  const inFiles = () => ['r0', 'r39'].map((name) => inFile(join(directory, `${name}.json`)))
  await write(1, 4)
  await write(2, 4)
  expect(inFiles()).toEqual([{ n: 1 }, { n: 1 }])
  expect(await get(store, 'r0', 'r39')).toEqual({ r0: { n: 2 }, r39: { n: 2 } })
  await write(3, 3)
  expect(inFiles()).toEqual([{ n: 3 }, { n: 3 }])
})

test('after a kill, the records of the journal are read, and brought to their files', async () => {
  const { directory, store } = await hotRecord()
  await set(store, { b: { n: 1 } })
  await set(store, { b: { n: 2 } })
  await store.deleteMany(['b'], always)
  const { store: next, directory: copy } = await journalled(copyOf(directory))
  expect(await get(next, 'a', 'b')).toEqual({ a: { n: 2 } })
  expect(await namesOf(next)).toEqual(['a'])
  await next.close()
  expect(inFile(join(copy, 'a.json'))).toEqual({ n: 2 })
  expect(segmentsOf(copy)).toEqual([])
})

test('a large batch of records, new and changed, survives a kill, and its files follow at close', async () => {
  const { directory, store } = await journalled()
  const records = (n: number) => Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`n${at}`, { n }]))
  await set(store, records(1))
  await set(store, records(2))
  const { store: next, directory: copy } = await journalled(copyOf(directory))
  expect(await get(next, 'n0', 'n299')).toEqual({ n0: { n: 2 }, n299: { n: 2 } })
  expect((await namesOf(next)).length).toBe(300)
  await next.close()
  expect(inFile(join(copy, 'n299.json'))).toEqual({ n: 2 })
})

test('a store that is opened without the journal first brings the records of a killed one to their files', async () => {
  const { directory } = await hotRecord()
  const copy = copyOf(directory)
  const plain = await openedStore(copy, {}, { journal: false })
  expect(segmentsOf(copy)).toEqual([])
  expect(inFile(join(copy, 'a.json'))).toEqual({ n: 2 })
  await plain.deleteMany(['a'], always)
  const { store } = await journalled(copyOf(copy))
  expect(await namesOf(store)).toEqual([])
})

test('a reader beside the writer sees what only the journal has', async () => {
  const { directory, store } = await hotRecord()
  const reader = await openedStore(directory, { readOnly: true })
  expect(await get(reader, 'a')).toEqual({ a: { n: 2 } })
  await set(store, { a: { n: 3 } })
  expect(await get(reader, 'a')).toEqual({ a: { n: 3 } })
  await store.deleteMany(['a'], always)
  expect(await namesOf(reader)).toEqual([])
})

test('writers of two owners have journals of their own, and each reads both', async () => {
  const { directory, store } = await journalled(freshDirectory(), { owner: 'one' })
  const other = await openedStore(directory, { owner: 'two' }, { journal: true })
  await set(store, { a: { n: 1 } })
  await set(other, { b: { n: 1 } })
  await set(store, { a: { n: 2 } })
  await set(other, { b: { n: 2 } })
  expect(await get(other, 'a', 'b')).toEqual({ a: { n: 2 }, b: { n: 2 } })
  await store.close()
  expect(await get(other, 'a', 'b')).toEqual({ a: { n: 2 }, b: { n: 2 } })
  expect(segmentsOf(directory).length).toBe(1)
})

/** How many bytes this process has read so far. */
const bytesRead = (): number => Number(/rchar: (\d+)/.exec(readFileSync('/proc/self/io', 'utf8'))?.[1])

test.skipIf(!existsSync('/proc/self/io'))(
  'the journal of another writer is read again only after it has changed',
  async () => {
    const { directory, store } = await journalled(freshDirectory(), { owner: 'one' })
    const text = 'x'.repeat(500_000)
    await set(store, Object.fromEntries(Array.from({ length: 8 }, (_, at) => [`a${at}`, { text }])))
    const other = await openedStore(directory, { owner: 'two' })
    for (let n = 1; n < 3; n += 1) {
      await set(store, Object.fromEntries(Array.from({ length: 8 }, (_, at) => [`a${at}`, { text, n }])))
      const before = bytesRead()
      expect(Object.keys(await get(other, 'padding-0'))).toEqual(['padding-0'])
      const after = bytesRead()
      expect(after - before).toBeGreaterThan(4_000_000)
      for (let call = 0; call < 10; call += 1) await get(other, 'padding-0')
      expect(bytesRead() - after).toBeLessThan(1_000_000)
    }
    expect(await get(other, 'a7')).toEqual({ a7: { text, n: 2 } })
  },
)

test('a writer without owner takes over the journals of all owners', async () => {
  const { directory, store } = await journalled(freshDirectory(), { owner: 'one' })
  await set(store, { a: { n: 1 } })
  await set(store, { a: { n: 2 } })
  const { store: next, directory: copy } = await journalled(copyOf(directory))
  await next.deleteMany(['a'], always)
  await next.close()
  const again = await openedStore(copy, { owner: 'one' }, { journal: true })
  expect(await namesOf(again)).toEqual([])
})

test('setAside() of a hot record keeps its newest content aside, and no replay brings the record back', async () => {
  const { directory, store } = await hotRecord()
  await store.setAside(['a'], always)
  const aside = readdirSync(directory).find((name) => name.includes('.corrupt-')) ?? ''
  expect(inFile(join(directory, aside))).toEqual({ n: 2 })
  for (const place of [directory, copyOf(directory)]) {
    const reader = await openedStore(place, { readOnly: true })
    expect(await namesOf(reader)).toEqual([])
  }
})

test('when somebody removes the journal, no acknowledged record is lost, and the next write makes another', async () => {
  const { directory, store, file } = await hotRecord()
  rmSync(join(directory, '.journal'), { recursive: true })
  await failureOf(set(store, { a: { n: 3 } }))
  await set(store, { a: { n: 4 } })
  expect(await get(store, 'a')).toEqual({ a: { n: 4 } })
  const { store: next } = await journalled(copyOf(directory))
  expect(await get(next, 'a')).toEqual({ a: { n: 4 } })
  await store.close()
  expect(inFile(file)).toEqual({ n: 4 })
})

test('a directory in place of a file fails that name alone', async () => {
  const { directory, store } = await journalled()
  await set(store, { a: { n: 1 }, b: { n: 1 } })
  rmSync(join(directory, 'a.json'))
  mkdirSync(join(directory, 'a.json'))
  const failure = await failureOf(set(store, { a: { n: 2 }, b: { n: 2 } }))
  expect(failedCodes(failure)).toEqual({ a: 'STORE_RECORD_UNREADABLE' })
  expect(await get(store, 'b')).toEqual({ b: { n: 2 } })
})

test('a directory that was replaced gets nothing from the journal', async () => {
  const { directory, store } = await hotRecord()
  renameSync(directory, `${directory}-away`)
  const other = await openedStore(directory)
  await store.close()
  expect(await namesOf(other)).toEqual([])
  const { store: next } = await journalled(`${directory}-away`)
  expect(await get(next, 'a')).toEqual({ a: { n: 2 } })
  await next.close()
  rmSync(`${directory}-away`, { recursive: true })
})

test('a journal whose segment is a link is refused', async () => {
  const { directory, store } = await hotRecord()
  await store.close()
  writeFileSync(join(directory, 'target'), '')
  symlinkSync(join(directory, 'target'), join(directory, '.journal', '+.00000007'))
  const refused = await failureOf(journalled(directory))
  expect(refused).toMatchObject({ code: 'STORE_MISCONFIGURED', message: expect.stringContaining('00000007') })
  expect(existsSync(join(directory, 'target'))).toBe(true)
})

test('opening a directory with an empty journal logs no warning', async () => {
  const { directory, store, logger } = await hotRecord()
  await store.close()
  const { logger: second } = await journalled(directory)
  expect([...warnings(logger.entries), ...warnings(second.entries)]).toEqual([])
})

test('a store with 600 changed records closes with all files written, and a torn one is repaired from the journal', async () => {
  const { directory, store } = await journalled()
  const records = (n: number) => Object.fromEntries(Array.from({ length: 600 }, (_, at) => [`n${at}`, { n }]))
  await set(store, records(1))
  await set(store, records(2))
  await store.close()
  expect(inFile(join(directory, 'n599.json'))).toEqual({ n: 2 })
  expect(segmentsOf(directory).length).toBe(1)
  // What a power cut may leave of a file that was not synced.
  writeFileSync(join(directory, 'n7.json'), '{\n  "n"')
  const { store: next, logger } = await journalled(directory)
  expect(await get(next, 'n7', 'n8')).toEqual({ n7: { n: 2 }, n8: { n: 2 } })
  await next.close()
  expect(inFile(join(directory, 'n7.json'))).toEqual({ n: 2 })
  expect(warnings(logger.entries)).toEqual(['The file of a record was damaged, and the journal had the record'])
})
