import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { after, always, contextOf, failureOf, freshDirectory, namesOf } from '../../disk/test/support/fixture.ts'
import { fileStore } from '../src/index.ts'
import { openedStore } from './support/fixture.ts'

const record = { sessionName: 'claude-test-workspace', totalRequests: 42 }

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

test('close() waits for running calls', async () => {
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
    // An opening that was faster than its abort is simply open.
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

test('a store writes nothing into a replaced directory before it is opened there again', async () => {
  const parent = freshDirectory()
  const directory = join(parent, 'sessions')
  const store = await openedStore(directory)
  await store.setMany(new Map([['a', record]]), always)
  rmSync(directory, { recursive: true })
  mkdirSync(directory, { mode: 0o700 })
  const other = await openedStore(directory)
  const again = () => store.open?.(contextOf()) as Promise<void>
  expect(await failureOf(store.setMany(new Map([['a', record]]), always))).toMatchObject({ code: 'STORE_CLOSED' })
  expect(await failureOf(store.getMany(['a'], always))).toMatchObject({ code: 'STORE_CLOSED' })
  await store.close?.()
  expect(await failureOf(again())).toMatchObject({ code: 'STORE_LOCKED' })
  await other.close()
  await again()
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

test('a temporary directory that a cleaning program removed is created again, and the write succeeds', async () => {
  const directory = freshDirectory()
  const store = await openedStore(directory)
  rmSync(join(directory, '.tmp'), { recursive: true })
  await store.setMany(new Map([['a', record]]), always)
  expect(await store.getMany(['a'], always)).toEqual(new Map([['a', record]]))
})
