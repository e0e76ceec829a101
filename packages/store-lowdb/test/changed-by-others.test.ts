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
import { dirname, join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import {
  always,
  contextOf,
  failureOf,
  freshDirectory,
  namesOf,
  recordingLogger,
} from '../../disk/test/support/fixture.ts'
import { lowdbStore } from '../src/index.ts'
import { documentIn, freshFile, openedStore } from './support/fixture.ts'

const one = new Map([['a', { n: 1 }]])
const two = new Map([['a', { n: 2 }]])

const others: ReadonlyArray<readonly [string, (file: string) => void, readonly string[]]> = [
  ['edited', (file) => writeFileSync(file, readFileSync(file, 'utf8').replace('"a"', '"edited"')), ['edited']],
  [
    'replaced',
    (file) => {
      writeFileSync(`${file}-new`, '{"sessionkeep":1,"records":{"replaced":{}}}')
      renameSync(`${file}-new`, file)
    },
    ['replaced'],
  ],
  ['removed', (file) => rmSync(file), []],
]

test.each(others)(
  'a document that another program has %s must be opened again before anything is read or written',
  async (_, change, names) => {
    const file = freshFile()
    const logger = recordingLogger()
    const store = await openedStore(file, { logger })
    const pool = await openedStore(file, { namespace: 'bot' })
    await store.setMany(one, always)
    change(file)
    const found = existsSync(file) ? readFileSync(file, 'utf8') : undefined
    for (const call of [store.setMany(two, always), store.getMany(['a'], always), store.deleteMany(['a'], always)]) {
      expect(await failureOf(call)).toMatchObject({ code: 'STORE_CLOSED' })
    }
    expect(await failureOf(pool.getMany(['a'], always))).toMatchObject({ code: 'STORE_CLOSED' })
    expect(existsSync(file) ? readFileSync(file, 'utf8') : undefined).toBe(found)
    await store.close()
    await store.open(contextOf({ logger }))
    expect(await namesOf(store)).toEqual(names)
    expect(logger.entries.map(({ message }) => message)).toEqual(
      names.length === 0 ? ['The document is missing: the store goes on with an empty one'] : [],
    )
    await store.setMany(two, always)
    // The store of the other pool, which still has the former document, neither overwrites this one nor removes its
    // lock.
    expect(await failureOf(pool.setMany(one, always))).toMatchObject({ code: 'STORE_CLOSED' })
    await pool.close()
    await pool.open(contextOf({ namespace: 'bot' }))
    await pool.setMany(one, always)
    expect(documentIn(file)).toMatchObject({ records: { a: { n: 2 } }, pools: { bot: { a: { n: 1 } } } })
  },
)

test.each(others)(
  'a document that another program has %s while a write runs is not overwritten, and the write is not acknowledged',
  async (_, change, names) => {
    const file = freshFile()
    const store = await openedStore(file)
    const other = await openedStore(file, { namespace: 'bot' })
    // This many bytes are written in many turns of the event loop.
    const large = Array.from({ length: 6 }, (_, at) => [`large${at}`, { text: 'x'.repeat(900_000) }] as const)
    await store.setMany(new Map(large), always)
    await store.setMany(one, always)
    const write = failureOf(store.setMany(two, always))
    const unfinished = join(dirname(file), '.sessions%2ejson.tmp')
    while (readdirSync(unfinished).length === 0) await nextTurn()
    change(file)
    const found = existsSync(file) ? readFileSync(file) : undefined
    expect(await write).toMatchObject({ code: 'STORE_CLOSED' })
    expect(existsSync(file) ? readFileSync(file).equals(found ?? Buffer.of()) : undefined).toBe(found && true)
    expect(readdirSync(unfinished)).toEqual([])
    // The lock is free although the other store has not closed, and its open document is not used again.
    await store.close()
    await store.open(contextOf())
    expect((await namesOf(store)).filter((name) => !name.startsWith('large'))).toEqual(names)
    expect(await failureOf(other.getMany(['a'], always))).toMatchObject({ code: 'STORE_CLOSED' })
  },
)

test('a document that was replaced by something else is refused when it is opened again', async () => {
  const file = freshFile()
  const store = await openedStore(file)
  await store.setMany(one, always)
  const target = join(freshDirectory(), 'target')
  writeFileSync(target, 'mine')
  rmSync(file)
  symlinkSync(target, file)
  expect(await failureOf(store.setMany(two, always))).toMatchObject({ code: 'STORE_CLOSED' })
  await store.close()
  expect(await failureOf(store.open(contextOf()))).toMatchObject({ code: 'STORE_MISCONFIGURED' })
  expect(readFileSync(target, 'utf8')).toBe('mine')
})

test('a missing directory is unavailable, not empty, and is not created again; it works when it is back', async () => {
  const directory = join(freshDirectory(), 'kept')
  const file = join(directory, 'sessions.json')
  const store = await openedStore(file)
  await store.setMany(one, always)
  renameSync(directory, `${directory}-away`)
  for (const call of [store.getMany(['a'], always), store.setMany(two, always), namesOf(store)]) {
    expect(await failureOf(call)).toMatchObject({ code: 'STORE_UNAVAILABLE' })
  }
  await store.close()
  expect(await failureOf(store.open(contextOf()))).toMatchObject({ code: 'STORE_UNAVAILABLE' })
  expect(existsSync(directory)).toBe(false)
  renameSync(`${directory}-away`, directory)
  await store.open(contextOf())
  await store.setMany(two, always)
  expect((await store.getMany(['a'], always)).get('a')).toEqual({ n: 2 })
})

test('a replaced directory must be opened, and so locked and read, again', async () => {
  const directory = join(freshDirectory(), 'kept')
  const file = join(directory, 'sessions.json')
  const store = await openedStore(file)
  // This store belongs to a pool that does not notice. Its open document must not be reused by the first store.
  await openedStore(file, { namespace: 'bot' })
  await store.setMany(one, always)
  renameSync(directory, `${directory}-away`)
  mkdirSync(directory, { mode: 0o700 })
  expect(await failureOf(store.setMany(two, always))).toMatchObject({ code: 'STORE_CLOSED' })
  expect(existsSync(file)).toBe(false)
  await store.close()
  await store.open(contextOf())
  expect(await namesOf(store)).toEqual([])
})

test('reading a damaged document is an error, never an empty result', async () => {
  const file = freshFile()
  const writer = await openedStore(file)
  await writer.setMany(one, always)
  await writer.close()
  const reader = lowdbStore({ file })
  await reader.open?.(contextOf({ readOnly: true }))
  const whole = readFileSync(file)
  writeFileSync(file, whole.subarray(0, 40))
  expect(await failureOf(namesOf(reader))).toMatchObject({ code: 'STORE_UNAVAILABLE' })
  writeFileSync(file, '[]')
  expect(await failureOf(namesOf(reader))).toMatchObject({ code: 'STORE_MISCONFIGURED' })
  writeFileSync(file, whole)
  expect(await namesOf(reader)).toEqual(['a'])
  expect(existsSync(join(dirname(file), 'sessions.json'))).toBe(true)
  await reader.close?.()
})
