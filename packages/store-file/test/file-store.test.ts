import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { always, contextOf, failedCodes, failureOf, freshDirectory, namesOf } from '../../disk/test/support/fixture.ts'
import { fileStore } from '../src/index.ts'
import { openedStore } from './support/fixture.ts'

const record = { sessionName: 'claude-test-workspace', totalRequests: 42 }

test('a record is one readable JSON file under its own name', async () => {
  const directory = freshDirectory()
  const store = await openedStore(directory)
  await store.setMany(new Map([['claude-test-workspace', record]]), always)
  expect(readFileSync(join(directory, 'claude-test-workspace.json'), 'utf8')).toBe(
    `${JSON.stringify(record, null, 2)}\n`,
  )
  expect(await store.getMany(['claude-test-workspace', 'absent'], always)).toEqual(
    new Map([['claude-test-workspace', record]]),
  )
  expect(await namesOf(store)).toEqual(['claude-test-workspace'])
})

test('a file written by hand is found by list() and getMany()', async () => {
  const directory = freshDirectory()
  writeFileSync(join(directory, 'By-Hand_1.json'), '\ufeff{"totalRequests": 42}')
  const store = await openedStore(directory)
  expect(await namesOf(store)).toEqual(['By-Hand_1'])
  expect(await store.getMany(['By-Hand_1'], always)).toEqual(new Map([['By-Hand_1', { totalRequests: 42 }]]))
})

test('a delete removes the file, and deleting an absent record succeeds', async () => {
  const directory = freshDirectory()
  const store = await openedStore(directory)
  await store.setMany(new Map([['a', record]]), always)
  await store.deleteMany(['a', 'b'], always)
  expect(existsSync(join(directory, 'a.json'))).toBe(false)
  expect(await namesOf(store)).toEqual([])
})

test('a second open finds what the first wrote, and leaves no unfinished file', async () => {
  const directory = freshDirectory()
  const store = await openedStore(directory, { owner: 'claude-' })
  await store.setMany(new Map(Array.from({ length: 300 }, (_, at) => [`n${at}`, { at }])), always)
  await store.close()
  const again = await openedStore(directory, { owner: 'claude-' })
  expect((await again.getMany(['n0', 'n299'], always)).get('n299')).toEqual({ at: 299 })
  expect(readdirSync(join(directory, '.claude-.tmp'))).toEqual([])
})

test('two namespaces of one directory share nothing', async () => {
  const directory = freshDirectory()
  const one = await openedStore(directory, { namespace: 'one' })
  const two = await openedStore(directory, { namespace: '../Two' })
  await one.setMany(new Map([['a', { from: 'one' }]]), always)
  await two.setMany(new Map([['a', { from: 'two' }]]), always)
  expect((await one.getMany(['a'], always)).get('a')).toEqual({ from: 'one' })
  expect(readdirSync(directory).sort()).toEqual(['%2e%2e%2f%54wo', 'one'])
  expect(
    await failureOf(fileStore({ directory }).open?.(contextOf({ namespace: '\ud800' })) as Promise<void>),
  ).toMatchObject({
    code: 'STORE_MISCONFIGURED',
  })
})

test('a batch that fails in part reports the failed names, and writes the others', async () => {
  const store = await openedStore(freshDirectory())
  const cyclic: Record<string, unknown> = {}
  cyclic.self = cyclic
  let deep: unknown = {}
  for (let depth = 0; depth < 100_000; depth += 1) deep = [deep]
  const failure = await failureOf(
    store.setMany(
      new Map<string, unknown>([
        ['good', { ok: true }],
        ['cyclic', cyclic],
        ['bigint', { n: 1n }],
        ['deep', { deep }],
        ['deeper-than-read', { deep: JSON.parse('['.repeat(501) + ']'.repeat(501)) }],
        ['array', []],
        ['text', 'text'],
        ['toJSON', { toJSON: () => 1 }],
        ['large', { text: 'x'.repeat(4 * 1024 * 1024) }],
      ]),
      always,
    ),
  )
  expect(failure.code).toBe('STORE_BATCH_FAILED')
  expect(new Set(Object.values(failedCodes(failure)))).toEqual(new Set(['STORE_RECORD_INVALID']))
  expect(failure.failed?.size).toBe(8)
  expect(await namesOf(store)).toEqual(['good'])
})

test.each(['', 'a\0b', '\ud800', 'x\udc00y'])('the name %j rejects with STORE_INVALID_NAME', async (name) => {
  const store = await openedStore(freshDirectory())
  for (const call of [
    store.getMany([name], always),
    store.setMany(new Map([[name, {}]]), always),
    store.deleteMany([name], always),
    store.setAside([name], always),
  ]) {
    expect(await failureOf(call)).toMatchObject({ code: 'STORE_INVALID_NAME' })
  }
})

test('an aborted call rejects, and changes no file later', async () => {
  const directory = freshDirectory()
  const store = await openedStore(directory)
  const abort = new AbortController()
  const records = new Map(Array.from({ length: 200 }, (_, at) => [`n${at}`, { at }]))
  const writing = failureOf(store.setMany(records, { signal: abort.signal }))
  abort.abort()
  expect(await writing).toMatchObject({ code: 'STORE_TIMEOUT', retryable: true })
  const published = readdirSync(directory)
  expect(published.filter((name) => name.endsWith('.json')).length).toBeLessThan(200)
  await store.close()
  expect(readdirSync(directory)).toEqual(published)
  expect(readdirSync(join(directory, '.tmp'))).toEqual([])
})

test('setAside() moves a record out of sight without destroying it', async () => {
  const directory = freshDirectory()
  const store = await openedStore(directory)
  writeFileSync(join(directory, 'a.json'), '{"torn')
  await store.setAside(['a', 'absent'], always)
  expect(await namesOf(store)).toEqual([])
  expect((await store.getMany(['a'], always)).size).toBe(0)
  const [aside = ''] = readdirSync(directory).filter((name) => name.includes('corrupt'))
  expect(aside).toMatch(/^a\.json\.corrupt-\d{4}-\d\d-\d\dT\d{6}\.\d{3}Z-[0-9a-f]{8}$/)
  expect(readFileSync(join(directory, aside), 'utf8')).toBe('{"torn')
})

test('a record that is rewritten all the time is listed exactly once', async () => {
  const directory = freshDirectory()
  const store = await openedStore(directory, {}, { durability: 'process' })
  const records = new Map(Array.from({ length: 400 }, (_, at) => [`n${at}`, { at }]))
  await store.setMany(records, always)
  const expected = [...records.keys()].sort()
  for (let round = 0; round < 5; round += 1) {
    const writing = store.setMany(records, always)
    expect(await namesOf(store)).toEqual(expected)
    await writing
  }
})
