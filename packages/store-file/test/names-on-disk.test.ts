import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  always,
  failedCodes,
  failureOf,
  freshDirectory,
  namesOf,
  recordingLogger,
} from '../../disk/test/support/fixture.ts'
import { openedStore } from './support/fixture.ts'

const awkward = [
  '../x',
  '/etc/x',
  '.',
  '..',
  '..:..:x',
  '....//etc',
  'a/b',
  'a_b',
  'A',
  'a',
  'é',
  'e\u0301',
  'x'.repeat(300),
  'é'.repeat(150),
  '__proto__',
  'constructor',
  'CON',
  'trailing.',
  'trailing ',
  ' ',
  '.lock',
  '.tmp',
  'x.tmp',
  'x.corrupt-1',
  'x.json',
  'x',
  'a\nb',
  '%',
  '%41',
  '#(touch x)',
  '\u{1f600}',
  '\ufeff',
  '\ufeffa',
]

test('every unusual name has its own record, inside the directory', async () => {
  const parent = freshDirectory()
  const store = await openedStore(join(parent, 'sessions'))
  await store.setMany(new Map(awkward.map((name, at) => [name, { at }])), always)
  const found = await store.getMany(awkward, always)
  expect([...found]).toEqual(awkward.map((name, at) => [name, { at }]))
  expect(await namesOf(store)).toEqual([...awkward].sort())
  expect(readdirSync(parent)).toEqual(['sessions'])
  expect(readdirSync(join(parent, 'sessions')).filter((file) => file.endsWith('.json')).length).toBe(awkward.length)
  await store.deleteMany(awkward, always)
  expect(readdirSync(join(parent, 'sessions')).sort()).toEqual(['.lock', '.tmp'])
})

test('a name too long for a file name is inside the file, and is checked', async () => {
  const directory = freshDirectory()
  const logger = recordingLogger()
  const store = await openedStore(directory, { logger })
  const [one, other] = ['x'.repeat(300), 'y'.repeat(300)]
  await store.setMany(new Map([[one, { one: 1 }]]), always)
  const [file = ''] = readdirSync(directory).filter((name) => name.endsWith('.json'))
  expect(JSON.parse(readFileSync(join(directory, file), 'utf8'))).toEqual({ name: one, record: { one: 1 } })
  writeFileSync(join(directory, file), JSON.stringify({ name: other, record: {} }))
  expect(failedCodes(await failureOf(store.getMany([one], always)))).toEqual({ [one]: 'STORE_RECORD_UNREADABLE' })
  expect(await namesOf(store)).toEqual([])
  writeFileSync(join(directory, file), '{"name": "xx')
  expect(await namesOf(store)).toEqual([])
  expect(logger.entries.map(({ level, fields }) => [level, fields.code])).toEqual([['warn', 'STORE_RECORD_UNREADABLE']])
})
