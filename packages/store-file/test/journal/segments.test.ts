import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { decodeLines, encodeLine } from '../../src/journal/line.ts'
import { lagMs } from '../../src/journal/schedule.ts'
import { openedStore } from '../support/fixture.ts'
import { copyOf, get, hotRecord, journalled, namesOf, segmentsOf, set, warnings } from './support.ts'

test('of a segment that was cut at any byte, the last record that is whole is read', async () => {
  const { directory, store } = await hotRecord()
  const [segment = ''] = segmentsOf(directory)
  const first = readFileSync(segment).length
  await set(store, { a: { n: 3, text: 'ä"\n' } })
  const whole = readFileSync(segment).length
  const copy = copyOf(directory)
  const [cut = ''] = segmentsOf(copy)
  for (let bytes = whole; bytes >= 0; bytes -= 1) {
    truncateSync(cut, bytes)
    const reader = await openedStore(copy, { readOnly: true })
    // The line break at the end of a line is not needed to prove it.
    const n = bytes >= whole - 1 ? 3 : bytes >= first - 1 ? 2 : 1
    expect(await get(reader, 'a')).toMatchObject({ a: { n } })
    await reader.close()
  }
})

test('a flipped bit in a line drops that line alone, with a warning', async () => {
  const { directory, store } = await hotRecord()
  await set(store, { b: { n: 1 } })
  await set(store, { b: { n: 2 } })
  const copy = copyOf(directory)
  const [segment = ''] = segmentsOf(copy)
  const bytes = readFileSync(segment)
  const at = bytes.indexOf('"name":"a"') + 20
  bytes[at] = (bytes[at] ?? 0) ^ 1
  writeFileSync(segment, bytes)
  const { store: next, logger } = await journalled(copy)
  expect(await get(next, 'a', 'b')).toEqual({ a: { n: 1 }, b: { n: 2 } })
  expect(warnings(logger.entries)).toEqual(['Lines of a journal cannot be read; the others are used'])
})

test('of two segments, the newer line counts', async () => {
  const { directory, store } = await hotRecord()
  const copy = copyOf(directory)
  await set(store, { a: { n: 3 } })
  const [segment = ''] = segmentsOf(directory)
  const [older = ''] = segmentsOf(copy)
  copyFileSync(segment, older.replace('00000001', '00000002'))
  const { store: next } = await journalled(copy)
  expect(await get(next, 'a')).toEqual({ a: { n: 3 } })
  await next.close()
  expect(segmentsOf(copy)).toEqual([])
})

test('files of other programs in the directory of the journal are ignored', async () => {
  const { directory } = await hotRecord()
  writeFileSync(join(directory, '.journal', 'notes.txt'), 'x')
  const { store } = await journalled(copyOf(directory))
  expect(await namesOf(store)).toEqual(['a'])
})

test('a line keeps any name and record', () => {
  const lines = ['', '"\n\\', '__proto__', 'é\u2028'].map((name) => ({
    ...{ name, was: ['-', 'ff'], at: undefined },
    text: JSON.stringify({ [name]: name, nested: [null, { __proto__: 1 }] }),
  }))
  const removed = { name: 'a', was: ['?'], at: 5, text: null }
  const text = [...lines, removed].map(encodeLine).join('')
  expect(text.split('\n').length).toBe(6)
  expect(decodeLines(text)).toEqual({ lines: [...lines, removed], damaged: 0, sinceWhole: 0 })
})

test.each([
  [1, 0, 5_000],
  [20, 0, 12_000],
  [10_000, 0, 30_000],
  [1, 2 ** 25, 0],
])('with %i records and %i bytes in the journal, the files may lag by %i ms', (records, bytes, expected) => {
  expect(lagMs(records, bytes)).toBe(expected)
})
