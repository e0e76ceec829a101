import { readFileSync, writeFileSync } from 'node:fs'
import { parseRecord, serializeRecord } from '@sessionkeep/contracts'
import { expect, test } from 'vitest'
import { always, namesOf, recordingLogger } from '../../disk/test/support/fixture.ts'
import { asideOf, documentIn, freshFile, MANY, openedStore, recordOf } from './support/fixture.ts'

const record = { text: 'a "quoted" {bracket', list: [1, 2], n: 7 }
const BODY = JSON.stringify(MANY)
const part = (name: string) => `  "records": {\n    "${name}": ${JSON.stringify(record)}\n  }`

test.each([
  ['an unknown member', 50, `{"sessionkeep":1,"note":1,"note":2,"records":${BODY}}`],
  ['an unknown member behind the records', 50, `{"records":${BODY},"note":1,"note":2,"sessionkeep":1}`],
  ['its format', 50, `{"sessionkeep":1,"sessionkeep":1,"records":${BODY}}`],
  ['a session', 50, `{"sessionkeep":1,"records":${BODY.slice(0, -1)},"s0":${JSON.stringify(MANY.s0)}}}`],
  [
    'a member with four blanks for each level',
    50,
    JSON.stringify({ sessionkeep: 1, note: 1, records: MANY }, null, 4).replace('"note": 1,', '"note": 1,\n"note": 2,'),
  ],
  ['the records, as a merge by hand may leave it,', 2, `{\n  "sessionkeep": 1,\n${part('a')},\n${part('b')}\n}\n`],
  ['the data that is set aside', 50, `{"sessionkeep":1,"records":${BODY},"setAside":[1],"setAside":[2]}`],
])('a document that has %s twice keeps every record, and a copy of it is set aside once', async (_, count, text) => {
  const file = freshFile()
  writeFileSync(file, text)
  const reader = await openedStore(file, { readOnly: true })
  expect(await namesOf(reader)).toHaveLength(count)
  const logger = recordingLogger()
  const store = await openedStore(file, { logger })
  expect(await namesOf(store)).toHaveLength(count)
  expect(logger.entries).toMatchObject([
    { level: 'warn', message: expect.stringContaining('has a member twice'), fields: { file, records: count } },
  ])
  await store.close()
  await openedStore(file, { logger })
  expect(asideOf(file).map(String)).toEqual([text])
  expect(logger.entries).toHaveLength(1)
})

test('a pool that a document has twice keeps the records of both, and both lists of what was set aside', async () => {
  const file = freshFile()
  const pools = '"pools":{"bot":{"a":{"n":1}},"bot":{"b":{"n":2}}},"pools":{"bot":{"c":{"n":3}}}'
  writeFileSync(file, `{"sessionkeep":1,${pools},"setAside":[1],"setAside":[2]}`)
  expect((await namesOf(await openedStore(file, { namespace: 'bot' }))).sort()).toEqual(['a', 'b', 'c'])
  expect(documentIn(file).setAside).toEqual([1, 2])
})

const ofRuns = (counts: object, more: object = {}) =>
  recordOf(
    'a',
    Object.values(counts).reduce((sum, count) => sum + count, 0),
    { incarnation: 'i1', counts, ...more },
  )
test.each<[string, unknown, unknown, object]>([
  ['the newer one of a session first', recordOf('a', 900), recordOf('a', 3), { totalRequests: 900 }],
  ['the newer one of a session last', recordOf('a', 3), recordOf('a', 900), { totalRequests: 900 }],
  [
    'the requests of two runs',
    ofRuns({ r1: 5, r2: 1 }, { revision: 3, own: 'x' }),
    ofRuns({ r1: 5, r3: 2 }, { revision: 2 }),
    { totalRequests: 8, revision: 3, own: 'x' },
  ],
  ['a later session', recordOf('a', 1, { incarnation: 'i2', createdAt: 9 }), ofRuns({ r1: 5 }), { incarnation: 'i2' }],
  ['a text last', record, 'text', record],
  ['a text first', 'text', record, record],
  ['a record that is not of a pool last', recordOf('a', 1), { n: 1 }, { totalRequests: 1 }],
  ['two that are not of a pool', { n: 1 }, { n: 2 }, { n: 2 }],
  ['one of a newer release', { schemaVersion: 99, n: 1 }, recordOf('a', 1), { schemaVersion: 99, n: 1 }],
])('of two versions of one record with %s, the better one is kept, or both are joined', async (_, one, two, kept) => {
  const torn = (text: string) => text.slice(0, -1)
  const indented = (value: unknown) => JSON.stringify(value, null, 2).replaceAll('\n', '\n    ')
  const lines = `{\n  "sessionkeep": 1,\n  "records": {\n    "a": ${indented(one)},\n    "a": ${indented(two)}\n  }\n}`
  const line = `{"sessionkeep":1,"records":{"a":${JSON.stringify(one)},"a":${JSON.stringify(two)}}}`
  for (const text of [lines, line, torn(lines), torn(line)]) {
    const file = freshFile()
    writeFileSync(file, text)
    const store = await openedStore(file)
    expect((await store.getMany(['a'], always)).get('a')).toMatchObject(kept)
    expect(asideOf(file).map(String)).toEqual([text])
  }
})

test('of two versions of one record, large integers are joined exactly, and the checksum of the attributes holds', async () => {
  const [first, second, past] = ['12345678901234567890', '-9007199254740995', '9007199254740993']
  const version = (all: string, attributes: object, counts: object) =>
    serializeRecord({ ...ofRuns(counts), revision: 1, run: 'r', attributes, attributesAt: { all }, extra: {} } as never)
  const one = version('t00000000001-r', { id: Number(first), list: [Number(second)] }, { r1: 5 })
  const other = { ...version('t00000000000-r', { id: 1 }, { r2: 2 }), own: Number(second) }
  const session = { createdAt: 0, lastActivityAt: 0, totalRequests: 1, attributes: { id: Number(past) } }
  const exact = (value: object) =>
    [first, second, past].reduce(
      (text, digits) => text.replaceAll(String(Number(digits)), digits),
      JSON.stringify(value),
    )
  const versions = [exact({ ...one, past: [session] }), exact({ ...other, revision: 7 })]
  for (const [a, b] of [versions, versions.toReversed()]) {
    const file = freshFile()
    writeFileSync(file, `{"sessionkeep":1,"records":{"a":${a},"a":${b}}}`)
    const store = await openedStore(file)
    const text = readFileSync(file, 'utf8').replace(/\s+/g, '')
    expect(text).toContain(`"attributes":{"id":${first},"list":[${second}]}`)
    expect(text).toContain(`"attributes":{"id":${past}}`)
    expect(text).toContain(`"own":${second}`)
    const copy = parseRecord('a', (await store.getMany(['a'], always)).get('a'))
    expect(copy).toMatchObject({ record: { totalRequests: 7, attributesAt: { all: 't00000000001-r' } } })
    await store.close()
  }
})
