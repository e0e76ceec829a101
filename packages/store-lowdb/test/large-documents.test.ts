import { expect, test } from 'vitest'
import { changed, EMPTY, recordsOf } from '../src/document/document.ts'
import { documentBytes } from '../src/document/document-text.ts'
import { countedTurns } from './support/fixture.ts'

/** Many names in no order, among them some whose UTF-16 units have another order than their characters. */
const NAMES = Array.from({ length: 40_000 }, (_, at) => `${['a', 'é', '\uffff', '😀'][at % 4]}${(at * 7919) % 40_000}`)
const document = { ...EMPTY, namespaces: new Map([[undefined, new Map(NAMES.map((name) => [name, '1']))]]) }

test('writing 40,000 names that are in no order gives other work its turns while they are ordered', async () => {
  const turns = countedTurns()
  const bytes = await documentBytes(document)
  // The text itself takes a turn for each 256 KiB.
  expect(turns()).toBeGreaterThanOrEqual(8 + Math.floor((bytes?.length ?? 0) / (256 * 1024)))
  const { records } = JSON.parse(String(bytes)) as { records: object }
  expect(Object.keys(records)).toEqual(NAMES.toSorted((a, b) => (a < b ? -1 : 1)))
})

test('a change of one among 40,000 records gives other work its turns meanwhile', async () => {
  const turns = countedTurns()
  const after = await changed(document, [{ namespace: undefined, name: 'new', to: { text: '1' } }])
  expect(turns()).toBeGreaterThanOrEqual(8)
  expect([...recordsOf(after, undefined).keys()]).toEqual([...NAMES, 'new'])
})
