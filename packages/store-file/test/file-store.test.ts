import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fileStore } from '../src/index.ts'
import {
  after,
  always,
  contextOf,
  failedCodes,
  failureOf,
  freshDirectory,
  namesOf,
  openedStore,
} from './support/ground.ts'

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

test('a delete removes the file, and removing what is absent succeeds', async () => {
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

test('calls before open() and after close() reject with STORE_CLOSED, and close() is idempotent', async () => {
  const store = fileStore({ directory: freshDirectory() })
  const calls = () => [
    store.getMany(['a'], always),
    store.setMany(new Map([['a', {}]]), always),
    store.deleteMany(['a'], always),
    store.setAside?.(['a'], always),
    namesOf(store),
  ]
  for (const call of calls()) expect(await failureOf(Promise.resolve(call))).toMatchObject({ code: 'STORE_CLOSED' })
  await store.open?.(contextOf())
  await store.close?.()
  await store.close?.()
  for (const call of calls()) expect(await failureOf(Promise.resolve(call))).toMatchObject({ code: 'STORE_CLOSED' })
})

test('close() waits for the calls under way', async () => {
  const store = await openedStore(freshDirectory())
  const writing = store.setMany(new Map(Array.from({ length: 50 }, (_, at) => [`n${at}`, { at }])), always)
  let written = false
  writing.then(() => {
    written = true
  })
  await store.close()
  expect(written).toBe(true)
  await writing
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
    code: 'STORE_INVALID_NAME',
  })
})

test('a batch that fails in part names what failed, and does the rest', async () => {
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
        ['large', { text: 'x'.repeat(1024 * 1024) }],
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

test('an aborted call rejects, and what it had not published is not published later', async () => {
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

test('opening with an aborted signal rejects and holds nothing', async () => {
  const directory = freshDirectory()
  expect(
    await failureOf(fileStore({ directory }).open?.(contextOf({ signal: AbortSignal.abort() })) as Promise<void>),
  ).toMatchObject({ code: 'STORE_TIMEOUT' })
  for (const delay of [0, 1, 2, 4, 8]) {
    const abort = new AbortController()
    const store = fileStore({ directory })
    after(() => store.close?.())
    setTimeout(() => abort.abort(), delay)
    const opening = store.open?.(contextOf({ signal: abort.signal })) as Promise<void>
    const outcome = await opening.then(
      () => 'open',
      (error: { code: string }) => error.code,
    )
    // One that was faster than its abort is simply open.
    if (outcome === 'open') break
    expect(outcome).toBe('STORE_TIMEOUT')
    const next = fileStore({ directory })
    await next.open?.(contextOf())
    await next.close?.()
  }
})

test('a directory that vanishes is unavailable, not empty; it works again once it is back', async () => {
  const parent = freshDirectory()
  const directory = join(parent, 'sessions')
  const store = await openedStore(directory)
  await store.setMany(new Map([['a', record]]), always)
  renameSync(directory, join(parent, 'away'))
  const unavailable = { code: 'STORE_UNAVAILABLE', message: expect.stringContaining('vanished') }
  expect(await failureOf(store.getMany(['a'], always))).toMatchObject(unavailable)
  expect(await failureOf(store.setMany(new Map([['a', record]]), always))).toMatchObject(unavailable)
  expect(await failureOf(store.deleteMany(['a'], always))).toMatchObject(unavailable)
  expect(await failureOf(namesOf(store))).toMatchObject(unavailable)
  await store.close()
  expect(await failureOf(store.open(contextOf()))).toMatchObject(unavailable)
  expect(existsSync(directory)).toBe(false)
  renameSync(join(parent, 'away'), directory)
  await store.open(contextOf())
  expect(await namesOf(store)).toEqual(['a'])
})

test('a directory that was replaced is locked anew before anything is written there', async () => {
  const parent = freshDirectory()
  const directory = join(parent, 'sessions')
  const store = await openedStore(directory)
  await store.setMany(new Map([['a', record]]), always)
  rmSync(directory, { recursive: true })
  mkdirSync(directory, { mode: 0o700 })
  const other = await openedStore(directory)
  expect(await failureOf(store.setMany(new Map([['a', record]]), always))).toMatchObject({ code: 'STORE_LOCKED' })
  await other.close()
  await store.setMany(new Map([['a', record]]), always)
  expect(await namesOf(store)).toEqual(['a'])
  expect(await failureOf(fileStore({ directory }).open?.(contextOf()) as Promise<void>)).toMatchObject({
    code: 'STORE_LOCKED',
  })
})

test('read-only takes no lock and changes nothing', async () => {
  const parent = freshDirectory()
  const directory = join(parent, 'sessions')
  const reader = await openedStore(directory, { readOnly: true })
  expect(await namesOf(reader)).toEqual([])
  expect((await reader.getMany(['a'], always)).size).toBe(0)
  expect(existsSync(directory)).toBe(false)
  const writer = await openedStore(directory)
  await writer.setMany(new Map([['a', record]]), always)
  writeFileSync(join(directory, '.tmp', `a.${'0'.repeat(32)}.1.tmp`), '')
  const before = readdirSync(directory, { recursive: true })
  const times = statSync(directory).mtimeMs
  expect(await namesOf(reader)).toEqual(['a'])
  const late = await openedStore(directory, { readOnly: true })
  expect((await late.getMany(['a'], always)).get('a')).toEqual(record)
  for (const call of [
    late.setMany(new Map([['a', {}]]), always),
    late.deleteMany(['a'], always),
    late.setAside(['a'], always),
  ]) {
    expect(await failureOf(call)).toMatchObject({ code: 'STORE_READ_ONLY' })
  }
  expect(readdirSync(directory, { recursive: true })).toEqual(before)
  expect(statSync(directory).mtimeMs).toBe(times)
  renameSync(directory, join(parent, 'away'))
  after(() => rmSync(join(parent, 'away'), { recursive: true, force: true }))
  expect(await failureOf(namesOf(reader))).toMatchObject({ code: 'STORE_UNAVAILABLE' })
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

test('what is being rewritten all the time is listed exactly once', async () => {
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
