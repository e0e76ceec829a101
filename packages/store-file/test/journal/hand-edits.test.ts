import { execFileSync } from 'node:child_process'
import { lstatSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { always, failedCodes, failureOf } from '../../../disk/test/support/fixture.ts'
import { openedStore } from '../support/fixture.ts'
import { copyOf, filesIn, get, hotRecord, inFile, journalled, namesOf, set, warnings } from './support.ts'

const byHand = '{"n":"by hand"}'
const edited = { a: { n: 'by hand' } }
const COUNTS = 'The file of a record was changed by hand after the record was written; the file counts'

test('a file that is changed while the journal is hot counts, at once and after close, and a warning says so', async () => {
  const { store, file, logger } = await hotRecord()
  writeFileSync(file, byHand)
  expect(await get(store, 'a')).toEqual(edited)
  await store.close()
  expect(inFile(file)).toEqual(edited.a)
  expect(warnings(logger.entries)).toEqual([COUNTS])
})

test('a file that is changed after a kill counts, and the record that it supersedes is kept beside it', async () => {
  const { directory } = await hotRecord()
  const copy = copyOf(directory)
  writeFileSync(join(copy, 'a.json'), byHand)
  const { store, logger } = await journalled(copy)
  expect(await get(store, 'a')).toEqual(edited)
  await store.close()
  expect(inFile(join(copy, 'a.json'))).toEqual(edited.a)
  const kept = readdirSync(copy).find((name) => name.includes('.superseded-')) ?? ''
  expect(inFile(join(copy, kept))).toEqual({ n: 2 })
  expect(logger.entries.find(({ message }) => message === COUNTS)?.fields).toMatchObject({ kept: join(copy, kept) })
})

test('a write after the change by hand wins, in memory and after a kill', async () => {
  const { directory, store, file, logger } = await hotRecord()
  writeFileSync(file, byHand)
  await set(store, { a: { n: 3 } })
  expect(await get(store, 'a')).toEqual({ a: { n: 3 } })
  const { store: next } = await journalled(copyOf(directory))
  expect(await get(next, 'a')).toEqual({ a: { n: 3 } })
  await store.close()
  expect(inFile(file)).toEqual({ n: 3 })
  expect(logger.entries.map(({ message }) => message)).toContain(
    'The file of a record was changed by hand before the record was written again',
  )
})

test('a change by hand is told also when more records than are looked up were written after it', async () => {
  const { store, logger, directory } = await journalled()
  const names = Array.from({ length: 150 }, (_, at) => `w${at}`)
  const all = (n: number) => Object.fromEntries(names.map((name) => [name, { n }]))
  await set(store, all(1))
  await store.close()
  const { store: next, logger: told } = await journalled(directory)
  await next.getMany(names, always)
  writeFileSync(join(directory, 'w5.json'), byHand)
  // The time of a line is compared with that of a file, whose clock may be behind.
  await sleep(50)
  await set(next, all(2))
  await next.close()
  expect(inFile(join(directory, 'w5.json'))).toEqual({ n: 2 })
  expect(told.entries.filter(({ message }) => message.includes('by hand'))).toMatchObject([
    { level: 'info', fields: { name: 'w5', now: 'changed' } },
  ])
  expect(logger.entries.filter(({ message }) => message.includes('by hand'))).toEqual([])
})

test('a file that is removed while the journal is hot stays removed', async () => {
  const { directory, store, file } = await hotRecord()
  rmSync(file)
  expect(await namesOf(store)).toEqual([])
  expect(await get(store, 'a')).toEqual({})
  const { store: next } = await journalled(copyOf(directory))
  expect(await namesOf(next)).toEqual([])
  await store.close()
  expect(filesIn(directory)).toEqual([])
})

test('a file that is added after a hot record was deleted counts', async () => {
  const { directory, store, file } = await hotRecord()
  await store.deleteMany(['a'], always)
  writeFileSync(file, byHand)
  for (const place of [directory, copyOf(directory)]) {
    const reader = await openedStore(place, { readOnly: true })
    expect(await namesOf(reader)).toEqual(['a'])
    expect(await get(reader, 'a')).toEqual(edited)
  }
  await store.close()
  expect(inFile(file)).toEqual(edited.a)
})

test('a file that is damaged by hand while the journal is hot is unreadable, and not overwritten', async () => {
  const { store, file } = await hotRecord()
  writeFileSync(file, '{ torn')
  expect(failedCodes(await failureOf(store.getMany(['a'], always)))).toEqual({ a: 'STORE_RECORD_UNREADABLE' })
  await store.setAside(['a'], always)
  await set(store, { a: { n: 5 } })
  expect(await get(store, 'a')).toEqual({ a: { n: 5 } })
})

test('a FIFO in place of the file of a hot record stays there, and the store does not wait for its writer', async () => {
  const { store, file, logger } = await hotRecord()
  rmSync(file)
  execFileSync('mkfifo', [file])
  await store.close()
  expect(lstatSync(file).isFIFO()).toBe(true)
  expect(warnings(logger.entries)).toEqual([COUNTS])
})

test('a file that is changed right after a batch of 150 records counts, and the record is kept beside it', async () => {
  const { directory, store: next, logger } = await journalled()
  const records = (n: number, from = 0) =>
    Object.fromEntries(Array.from({ length: 150 - from }, (_, at) => [`n${at + from}`, { n }]))
  await set(next, Object.fromEntries(Object.entries(records(1)).slice(0, 75)))
  await set(next, records(1, 75))
  await set(next, records(2))
  writeFileSync(join(directory, 'n7.json'), byHand)
  expect(await get(next, 'n7', 'n8')).toEqual({ n7: edited.a, n8: { n: 2 } })
  await next.close()
  expect(inFile(join(directory, 'n7.json'))).toEqual(edited.a)
  expect(inFile(join(directory, 'n8.json'))).toEqual({ n: 2 })
  expect(warnings(logger.entries)).toEqual([COUNTS])
  expect(readdirSync(directory).filter((name) => name.includes('.superseded-')).length).toBe(1)
})

test('files that the store itself wrote just before a large batch are not taken for changes by hand', async () => {
  const { directory, store, logger } = await journalled()
  const records = (n: number, count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`n${at}`, { n }]))
  await set(store, records(1, 90))
  await set(store, records(2, 150))
  await store.close()
  expect(inFile(join(directory, 'n7.json'))).toEqual({ n: 2 })
  const { store: next } = await journalled(directory, { logger })
  await set(next, records(3, 150))
  await next.close()
  expect(inFile(join(directory, 'n149.json'))).toEqual({ n: 3 })
  expect(warnings(logger.entries)).toEqual([])
})

test('a file that was added by hand, written over by the store, and removed by hand stays removed', async () => {
  const { directory, store, file } = await hotRecord()
  await store.deleteMany(['a'], always)
  writeFileSync(file, byHand)
  await set(store, { a: { n: 5 } })
  expect(inFile(file)).toEqual(edited.a)
  rmSync(file)
  expect(await get(store, 'a')).toEqual({})
  const { store: next } = await journalled(copyOf(directory))
  expect(await get(next, 'a')).toEqual({})
})

describe('a file that the journal has already brought up to date', () => {
  /** A segment has lines of `a`, and its last one is in the file. `was` is what the file held before that. */
  const brought = async (was: 'absent' | 'older') => {
    const fixture = await hotRecord()
    const { store } = fixture
    if (was === 'absent') await store.deleteMany(['a'], always)
    await store.setMany(new Map([['a', { n: 3 }]]), always)
    expect(inFile(fixture.file)).toEqual({ n: 3 })
    return fixture
  }

  test('stays removed when it is removed by hand, at once and after a kill', async () => {
    const { directory, store, file } = await brought('absent')
    rmSync(file)
    expect(await get(store, 'a')).toEqual({})
    const copy = copyOf(directory)
    expect(await get(await openedStore(copy, { readOnly: true }), 'a')).toEqual({})
    const { store: next } = await journalled(copy)
    expect(await get(next, 'a')).toEqual({})
    await store.close()
    expect(filesIn(directory)).toEqual([])
  })

  test('keeps its former content when a person puts that back, at once and after a kill', async () => {
    const { directory, store, file } = await brought('older')
    writeFileSync(file, '{\n  "n": 1\n}\n')
    expect(await get(store, 'a')).toEqual({ a: { n: 1 } })
    const { store: next } = await journalled(copyOf(directory))
    expect(await get(next, 'a')).toEqual({ a: { n: 1 } })
    await store.close()
    expect(inFile(file)).toEqual({ n: 1 })
  })

  test('stays when it was removed by the store and a person puts the former file back', async () => {
    const { directory, store, file } = await hotRecord()
    await store.setMany(new Map([['a', { n: 3 }]]), always)
    const former = readFileSync(file)
    await store.deleteMany(['a'], always)
    writeFileSync(file, former)
    expect(await get(store, 'a')).toEqual({ a: { n: 3 } })
    const { store: next } = await journalled(copyOf(directory))
    expect(await get(next, 'a')).toEqual({ a: { n: 3 } })
  })
})
