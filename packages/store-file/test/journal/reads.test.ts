import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import promises, { type FileHandle } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { NEVER_ABORTED } from '@sessionkeep/disk'
import { expect, test } from 'vitest'
import { after, always, recordingLogger } from '../../../disk/test/support/fixture.ts'
import { createSegmentReader } from '../../src/journal/read-segments.ts'
import { get, hotRecord, inFile, journalled, segmentsOf, set, warnings } from './support.ts'

test('a record that is deleted and written again while it is being read counts, also in a large batch', async () => {
  const { directory, store: earlier, file } = await hotRecord()
  await earlier.close()
  const { store, logger } = await journalled(directory)
  const { open } = promises
  after(() => {
    Object.assign(promises, { open })
    syncBuiltinESMExports()
  })
  let wasRead: () => void = () => undefined
  let goOn: () => void = () => undefined
  const isRead = new Promise<void>((resolve) => {
    wasRead = resolve
  })
  const mayGoOn = new Promise<void>((resolve) => {
    goOn = resolve
  })
  promises.open = async (...given) => {
    const handle: FileHandle = await open(...given)
    if (given[0] !== file) return handle
    Object.assign(promises, { open })
    syncBuiltinESMExports()
    const close = handle.close.bind(handle)
    handle.close = async () => {
      wasRead()
      await mayGoOn
      await close()
    }
    return handle
  }
  syncBuiltinESMExports()
  const reading = get(store, 'a')
  await isRead
  await store.deleteMany(['a'], always)
  goOn()
  expect(await reading).toEqual({ a: { n: 2 } })
  const others = Array.from({ length: 150 }, (_, at) => [`other-${at}`, { n: 0 }])
  await set(store, { ...Object.fromEntries(others), a: { n: 3 } })
  expect(await get(store, 'a')).toEqual({ a: { n: 3 } })
  await store.close()
  expect(inFile(file)).toEqual({ n: 3 })
  expect(warnings(logger.entries)).toEqual([])
})

test('a reader keeps the last line of each name alone, and puts the lines together again only when a segment has changed', async () => {
  const { directory, store } = await hotRecord()
  for (let n = 3; n < 6; n += 1) await set(store, { a: { n } })
  const reader = createSegmentReader(directory, recordingLogger())
  const { lines } = await reader.lines(NEVER_ABORTED, () => true)
  expect(lines.filter(({ name }) => name === 'a')).toMatchObject([{ text: '{"n":5}' }])
  expect(lines.length).toBe(new Set(lines.map(({ name }) => name)).size)
  expect((await reader.lines(NEVER_ABORTED, () => true)).lines).toBe(lines)
  await set(store, { a: { n: 6 } })
  const { lines: next } = await reader.lines(NEVER_ABORTED, () => true)
  expect(next.filter(({ name }) => name === 'a')).toMatchObject([{ text: '{"n":6}' }])
})

test('a reader that finds a segment removed looks for the segments that have its records by then', async () => {
  const { directory, store } = await hotRecord()
  const [older = ''] = segmentsOf(directory)
  const before = readFileSync(older)
  await set(store, { a: { n: 3 }, b: { n: 1 } })
  const newer = readFileSync(older)
  writeFileSync(older, before)
  const reader = createSegmentReader(directory, recordingLogger())
  const { lines, paths } = await reader.lines(NEVER_ABORTED, (path) => {
    // The writer has cut its journal after the segments were listed.
    if (path === older) {
      writeFileSync(older.replace('00000001', '00000002'), newer.subarray(before.length))
      rmSync(older)
    }
    return true
  })
  expect(paths.length).toBe(1)
  expect(lines.filter(({ name }) => name === 'a').at(-1)).toMatchObject({ text: '{"n":3}' })
})
