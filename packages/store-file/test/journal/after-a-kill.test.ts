import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { always, freshDirectory } from '../../../disk/test/support/fixture.ts'
import { copyOf, get, hotRecord, inFile, journalled, segmentsOf, set, warnings } from './support.ts'

const names = Array.from({ length: 150 }, (_, at) => `r${at}`)
const all = (n: number): object => Object.fromEntries(names.map((name) => [name, { n }]))

/** A directory with 150 records whose files are older than the journal of a killed writer that had read them. */
async function killedAfter(change: (store: Awaited<ReturnType<typeof journalled>>['store']) => Promise<void>) {
  const first = await journalled()
  await set(first.store, all(1))
  await first.store.close?.()
  const { store } = await journalled(first.directory)
  await store.getMany(names, always)
  await change(store)
  const directory = copyOf(first.directory)
  await store.close?.()
  return directory
}

const chmodAll = (directory: string) => {
  for (const file of readdirSync(directory)) if (file.endsWith('.json')) chmodSync(join(directory, file), 0o600)
}

test('after a kill and a chmod of all files, the newer records of the journal count', async () => {
  const directory = await killedAfter((store) => set(store, all(2)))
  chmodAll(directory)
  const { store } = await journalled(directory)
  expect(await get(store, ...names)).toEqual(all(2))
  await store.close?.()
})

test('after a kill and a chmod of all files, records that were deleted stay deleted', async () => {
  const directory = await killedAfter((store) => store.deleteMany(names, always))
  chmodAll(directory)
  const { store } = await journalled(directory)
  expect(await get(store, ...names)).toEqual({})
  await store.close?.()
})

test('a file that is removed by hand after a kill stays removed, although a large batch had changed its record', async () => {
  const directory = await killedAfter((store) => set(store, all(2)))
  rmSync(join(directory, 'r7.json'))
  const { store } = await journalled(directory)
  expect(await get(store, 'r7', 'r8')).toEqual({ r8: { n: 2 } })
  await store.close?.()
})

test('a record of a killed writer without owner that a writer with an owner deletes stays deleted', async () => {
  const { directory, store } = await journalled()
  await set(store, all(1))
  const left = copyOf(directory)
  await store.close?.()
  const owner = await journalled(left, { owner: 'demo' })
  expect(inFile(join(left, 'r3.json'))).toEqual({ n: 1 })
  await owner.store.deleteMany(['r3'], always)
  expect(await get(owner.store, 'r3', 'r4')).toEqual({ r4: { n: 1 } })
  await owner.store.close?.()
  expect(segmentsOf(left)).toEqual([])
})

test('after the kills of a writer with an owner and then of one without, the later record counts', async () => {
  const owner = await journalled(undefined, { owner: 'demo' })
  await set(owner.store, { a: { n: 1 } })
  await set(owner.store, { a: { n: 2 } })
  const afterOwner = copyOf(owner.directory)
  await owner.store.close?.()
  const whole = await journalled(afterOwner)
  await set(whole.store, { a: { n: 3 } })
  const { store } = await journalled(copyOf(afterOwner))
  expect(await get(store, 'a')).toEqual({ a: { n: 3 } })
  await store.close?.()
  await whole.store.close?.()
})

test('no segment grows too large to be read, however much is written before the files follow', async () => {
  const { directory, store } = await journalled()
  const text = 'x'.repeat(900_000)
  await set(store, Object.fromEntries(names.map((name, at) => [name, { text: at < 45 ? text : '' }])))
  const sizes = segmentsOf(directory).map((path) => statSync(path).size)
  expect(sizes.length).toBeGreaterThan(1)
  expect(Math.max(...sizes)).toBeLessThan(32 * 1024 * 1024)
  await store.close?.()
})

test('a damaged line that is larger than a slice is reported by a warning, and its segment is set aside', async () => {
  const { directory, store } = await journalled()
  await set(store, { a: { n: 1 }, b: { n: 1 } })
  const text = 'x'.repeat(600_000)
  await set(store, { a: { text }, b: { text } })
  const left = copyOf(directory)
  await store.close?.()
  const [segment = ''] = segmentsOf(left)
  const bytes = readFileSync(segment)
  bytes[100_000] = 0x79
  writeFileSync(segment, bytes)
  const reopened = await journalled(left)
  expect(await get(reopened.store, 'a', 'b')).toEqual({ a: { n: 1 }, b: { text } })
  expect(warnings(reopened.logger.entries)).toContain('Lines of a journal cannot be read; the others are used')
  await reopened.store.close?.()
  expect(segmentsOf(left)).toEqual([expect.stringContaining('.corrupt-')])
})

test('the journal keeps the record of a file that a power cut damaged, until it can be brought to the file', async () => {
  const left = copyOf((await hotRecord()).directory)
  writeFileSync(join(left, 'a.json'), '{"n"')
  const { store } = await journalled(left)
  rmSync(join(left, '.tmp'), { recursive: true })
  writeFileSync(join(left, '.tmp'), 'in the way of unfinished files')
  await store.close?.()
  expect(readFileSync(join(left, 'a.json'), 'utf8')).toBe('{"n"')
  rmSync(join(left, '.tmp'))
  const reopened = await journalled(left)
  expect(await get(reopened.store, 'a')).toEqual({ a: { n: 2 } })
  await reopened.store.close?.()
  expect(inFile(join(left, 'a.json'))).toEqual({ n: 2 })
  expect(readdirSync(left).filter((name) => name.includes('.corrupt-')).length).toBe(1)
})

test('the store is not opened when the journal is a link, or every user may write it', async () => {
  const linked = freshDirectory()
  symlinkSync(freshDirectory(), join(linked, '.journal'))
  await expect(journalled(linked)).rejects.toMatchObject({
    code: 'STORE_MISCONFIGURED',
    message: expect.stringContaining('put the directory that it leads to in its place'),
  })
  const wide = freshDirectory()
  mkdirSync(join(wide, '.journal'))
  chmodSync(join(wide, '.journal'), 0o777)
  await expect(journalled(wide)).rejects.toMatchObject({ code: 'STORE_MISCONFIGURED' })
})

test('under any umask a segment can be read by its user, and by nobody else', async () => {
  const before = process.umask(0o777)
  const { directory, store } = await journalled()
  await set(store, { a: { n: 1 } })
  await set(store, { a: { n: 2 } })
  process.umask(before)
  expect(segmentsOf(directory).map((path) => statSync(path).mode & 0o777)).toEqual([0o600])
  await store.close?.()
})
