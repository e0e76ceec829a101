import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { always, contextOf, failureOf, namesOf, recordingLogger } from '../../disk/test/support/fixture.ts'
import { lowdbStore } from '../src/index.ts'
import { asideOf, documentIn, freshFile, MANY, openedStore } from './support/fixture.ts'

test.each([
  ['in one line', JSON.stringify({ sessionkeep: 1, note: 1, records: MANY })],
  ['with four blanks for each level', JSON.stringify({ sessionkeep: 1, note: 1, records: MANY }, null, 4)],
  ['with tabs', JSON.stringify({ sessionkeep: 1, note: 1, records: MANY }, null, '\t')],
])('a document %s that is torn keeps the records and members before the tear', async (_, text) => {
  const at = text.indexOf('"s25"')
  for (const torn of [text.slice(0, at + 30), text.slice(0, at - 1), text.slice(0, text.indexOf('500,', at) + 2)]) {
    const file = freshFile()
    writeFileSync(file, torn)
    const store = await openedStore(file)
    expect(await namesOf(store)).toEqual(Object.keys(MANY).slice(0, 25).sort())
    expect(documentIn(file)).toMatchObject({ note: 1 })
    expect(asideOf(file).map(String)).toEqual([torn])
  }
})

test.each([4, '\t'])('a document that is indented with %j keeps the records behind the damage too', async (blanks) => {
  const file = freshFile()
  const bytes = Buffer.from(JSON.stringify({ sessionkeep: 1, records: MANY, pools: { bot: MANY } }, null, blanks))
  const at = bytes.indexOf('"s25"') + 40
  writeFileSync(file, bytes.fill(0, at, at + 8))
  expect(await namesOf(await openedStore(file))).toHaveLength(49)
  expect(await namesOf(await openedStore(file, { namespace: 'bot' }))).toHaveLength(50)
})

test('a document with the line breaks of Windows keeps the records behind the damage too', async () => {
  const file = freshFile()
  const document = { sessionkeep: 1, records: MANY, pools: { bot: MANY, cat: MANY } }
  const bytes = Buffer.from(JSON.stringify(document, null, 2).replaceAll('\n', '\r\n'))
  const at = bytes.indexOf('"s0"') + 40
  writeFileSync(file, bytes.fill(0, at, at + 8))
  expect(await namesOf(await openedStore(file))).toHaveLength(49)
  expect(await namesOf(await openedStore(file, { namespace: 'bot' }))).toHaveLength(50)
  expect(await namesOf(await openedStore(file, { namespace: 'cat' }))).toHaveLength(50)
})

test('a document in one line with a wrong byte keeps the records before it, and none is changed', async () => {
  const file = freshFile()
  const bytes = Buffer.from(JSON.stringify({ sessionkeep: 1, records: MANY }))
  bytes[bytes.indexOf('"s25"') + 22] = 0xff
  writeFileSync(file, bytes)
  const logger = recordingLogger()
  const store = await openedStore(file, { logger })
  const names = Object.keys(MANY).slice(0, 25)
  expect(await store.getMany(Object.keys(MANY), always)).toEqual(new Map(names.map((name) => [name, MANY[name]])))
  expect(logger.entries).toMatchObject([{ fields: { why: 'it is not UTF-8', records: 25 } }])
})

test.each([70_000, 2_200_000])(
  'a name of %i characters, which is too long to be read, is set aside once',
  async (length) => {
    const file = freshFile()
    const records = { a: { n: 1 }, ['x'.repeat(length)]: { n: 2 }, z: { n: 3 } }
    writeFileSync(file, JSON.stringify({ sessionkeep: 1, records }, null, 2))
    for (let opening = 0; opening < 2; opening += 1) {
      const store = await openedStore(file)
      expect(await namesOf(store)).toEqual(['a', 'z'])
      await store.close()
    }
    expect(asideOf(file)).toHaveLength(1)
  },
)

test('a number at the tear, which may be a part of one, is not kept', async () => {
  const file = freshFile()
  writeFileSync(file, '{"sessionkeep":1,"records":{"a":{"n":1}},"counter":12')
  expect(await namesOf(await openedStore(file))).toEqual(['a'])
  expect(documentIn(file)).not.toHaveProperty('counter')
})

test('a torn document of a later format is refused, and is not changed', async () => {
  const file = freshFile()
  writeFileSync(file, '{"sessionkeep": 2, "records": {"a": {')
  expect(await failureOf(lowdbStore({ file }).open?.(contextOf({})) as Promise<void>)).toMatchObject({
    code: 'STORE_MISCONFIGURED',
  })
  expect(asideOf(file)).toEqual([])
})
