import { spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, readdirSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startChild } from '../../disk/test/support/child.ts'
import {
  after,
  always,
  contextOf,
  failureOf,
  freshDirectory,
  recordingLogger,
} from '../../disk/test/support/fixture.ts'
import { fileStore } from '../src/index.ts'
import { builtStore, openedStore } from './support/fixture.ts'

const built = builtStore()
const refusal = (directory: string, owner?: string) =>
  failureOf(fileStore({ directory }).open?.(contextOf({ owner })) as Promise<void>)

function withoutFlock(): void {
  const before = process.env.PATH
  process.env.PATH = '/nowhere'
  after(() => {
    process.env.PATH = before
  })
}

function deadPid(): number {
  return spawnSync('/bin/true').pid
}

test('the error of a second writer in the same process names the holder', async () => {
  const directory = freshDirectory()
  const first = await openedStore(directory, { owner: 'claude-' })
  const failure = await refusal(directory, 'claude-')
  expect(failure).toMatchObject({
    code: 'STORE_LOCKED',
    retryable: true,
    context: { pid: process.pid, host: hostname() },
    message: expect.stringContaining(`process ${process.pid} on ${hostname()}`),
  })
  await first.close()
  await openedStore(directory, { owner: 'claude-' })
})

test.each(['.lock', '.claude-.lock'])(
  'a writer whose lock file %s was removed, and taken by another one, changes nothing and is closed',
  async (name) => {
    const directory = freshDirectory()
    const first = await openedStore(directory, { owner: 'claude-' })
    await first.setMany(new Map([['a', { by: 'first' }]]), always)
    unlinkSync(join(directory, name))
    // Only a writer of everything is kept out by the lock of the directory alone.
    const second = name === '.lock' ? undefined : await openedStore(directory, { owner: 'claude-' })
    await second?.setMany(new Map([['a', { by: 'second' }]]), always)
    for (const change of [
      first.setMany(new Map([['a', { by: 'late' }]]), always),
      first.deleteMany(['a'], always),
      first.setMany(new Map([['a', { by: 'late' }]]), always),
    ])
      expect(await failureOf(change)).toMatchObject({ code: 'STORE_CLOSED' })
    expect(await (await openedStore(directory, { readOnly: true })).getMany(['a'], always)).toEqual(
      new Map([['a', { by: second ? 'second' : 'first' }]]),
    )
    await first.close()
    if (second) expect(await refusal(directory, 'claude-')).toMatchObject({ code: 'STORE_LOCKED' })
    await second?.close()
    await openedStore(directory, { owner: 'claude-' })
  },
)

test('writers of different owners share a directory, and a writer without owner excludes them and is excluded by them', async () => {
  const directory = freshDirectory()
  const one = await openedStore(directory, { owner: 'one-' })
  const two = await openedStore(directory, { owner: 'Two/' })
  await Promise.all([one, two].map((store, at) => store.setMany(new Map([[`n${at}`, { at }]]), always)))
  expect(await refusal(directory)).toMatchObject({ code: 'STORE_LOCKED', context: { pid: process.pid } })
  await one.close()
  expect(await refusal(directory)).toMatchObject({ code: 'STORE_LOCKED', context: { pid: process.pid } })
  await two.close()
  await openedStore(directory)
  expect(await refusal(directory, 'one-')).toMatchObject({ code: 'STORE_LOCKED', context: { pid: process.pid } })
  expect(
    readdirSync(directory)
      .filter((name) => name.endsWith('.lock'))
      .sort(),
  ).toEqual(['.%54wo%2f.lock', '.lock', '.one-.lock'])
})

test('a stopped process keeps the lock; a killed one does not', async () => {
  const directory = freshDirectory()
  const child = startChild(built, { directory, context: { owner: 'o' }, ops: [['open']], hold: true })
  expect(await child.until('open')).toEqual({ open: 'done' })
  child.process.kill('SIGSTOP')
  expect(await refusal(directory, 'o')).toMatchObject({ code: 'STORE_LOCKED', context: { pid: child.process.pid } })
  child.process.kill('SIGKILL')
  await child.ended()
  const store = await openedStore(directory, { owner: 'o' })
  await store.setMany(new Map([['a', {}]]), always)
})

test('a child that the gateway starts does not inherit the lock', async () => {
  const directory = freshDirectory()
  const store = await openedStore(directory, { owner: 'o' })
  const child = spawn('sleep', ['60'], { stdio: 'inherit', detached: true })
  after(() => child.kill('SIGKILL'))
  const inherited = readdirSync(`/proc/${child.pid}/fd`)
  expect(inherited.length).toBeGreaterThan(0)
  await store.close()
  await openedStore(directory, { owner: 'o' })
})

test('a lock file that is replaced while it is being locked is locked again', async () => {
  const directory = freshDirectory()
  const tools = freshDirectory()
  const lock = join(directory, '.lock')
  const real = spawnSync('sh', ['-c', 'command -v flock'], { encoding: 'utf8' }).stdout.trim()
  // This flock locks the file, then puts another file in its place, once.
  const script = `#!/bin/sh\n${real} "$@" || exit $?\n[ -e ${tools}/done ] || { : > ${tools}/done; rm ${lock}; : > ${lock}; }\n`
  writeFileSync(join(tools, 'flock'), script, { mode: 0o755 })
  const path = process.env.PATH
  after(() => {
    process.env.PATH = path
  })
  process.env.PATH = `${tools}:${path}`
  await openedStore(directory)
  expect(existsSync(join(tools, 'done'))).toBe(true)
  expect(await refusal(directory)).toMatchObject({ code: 'STORE_LOCKED', context: { pid: process.pid } })
})

test('a lease is used when flock(1) is missing, with one warning, and it excludes leases and kernel locks', async () => {
  const directory = freshDirectory()
  const path = process.env.PATH
  withoutFlock()
  const logger = recordingLogger()
  const store = await openedStore(directory, { logger, owner: 'o' })
  await store.setMany(new Map([['a', { a: 1 }]]), always)
  const warnings = logger.entries.filter(({ level }) => level === 'warn')
  expect(warnings.map(({ fields }) => fields.code)).toEqual(['STORE_LOCK_UNAVAILABLE'])
  expect(await refusal(directory, 'o')).toMatchObject({ code: 'STORE_LOCKED', context: { pid: process.pid } })
  expect(await refusal(directory)).toMatchObject({ code: 'STORE_LOCKED', context: { pid: process.pid } })
  await openedStore(directory, { owner: 'other' })
  process.env.PATH = path
  expect(await refusal(directory, 'o')).toMatchObject({ code: 'STORE_LOCKED', context: { pid: process.pid } })
  await store.close()
  const kernel = await openedStore(directory, { owner: 'o' })
  process.env.PATH = '/nowhere'
  expect(await refusal(directory, 'o')).toMatchObject({ code: 'STORE_LOCKED', context: { pid: process.pid } })
  await kernel.close()
  await openedStore(directory, { owner: 'o' })
})

test('a lease is taken over when its process has ended, even if another has its pid, and not before', async () => {
  const directory = freshDirectory()
  withoutFlock()
  const lease = join(directory, '.lease')
  const since = new Date().toISOString()
  const write = (holder: object) => writeFileSync(lease, JSON.stringify({ owner: null, since, ...holder }))
  const here = { host: hostname(), began: null }
  write({ ...here, pid: process.pid })
  expect(await refusal(directory)).toMatchObject({ code: 'STORE_LOCKED' })
  for (const dead of [
    { ...here, pid: deadPid() },
    { ...here, pid: process.pid, began: '1' },
  ]) {
    write(dead)
    await (await openedStore(directory)).close()
  }
})

test('a lease of another host, or one that is just being written, is respected while it is fresh', async () => {
  const directory = freshDirectory()
  withoutFlock()
  const lease = join(directory, '.lease')
  for (const text of [JSON.stringify({ pid: 1, host: 'elsewhere', owner: null, since: '' }), '{"pid']) {
    writeFileSync(lease, text)
    expect(await refusal(directory)).toMatchObject({ code: 'STORE_LOCKED' })
    const old = Date.now() / 1000 - 31
    utimesSync(lease, old, old)
    await (await openedStore(directory)).close()
  }
})

test('a copy of the directory is refused while the holder of its lease runs, until the lease is removed from the copy', async () => {
  const directory = freshDirectory()
  const copy = join(freshDirectory(), 'copy')
  withoutFlock()
  const store = await openedStore(directory, { owner: 'o' })
  await store.setMany(new Map([['a', { a: 1 }]]), always)
  cpSync(directory, copy, { recursive: true })
  expect(await refusal(copy, 'o')).toMatchObject({ code: 'STORE_LOCKED', context: { pid: process.pid } })
  for (const name of readdirSync(copy)) if (name.endsWith('.lease')) unlinkSync(join(copy, name))
  const second = await openedStore(copy, { owner: 'o' })
  expect(await second.getMany(['a'], always)).toEqual(new Map([['a', { a: 1 }]]))
})

test('a writer that lost its lease writes nothing more', async () => {
  const directory = freshDirectory()
  withoutFlock()
  const store = await openedStore(directory)
  unlinkSync(join(directory, '.lease'))
  const thief = await openedStore(directory)
  expect(await failureOf(store.setMany(new Map([['a', {}]]), always))).toMatchObject({ code: 'STORE_CLOSED' })
  expect(existsSync(join(directory, 'a.json'))).toBe(false)
  await thief.close()
  await store.close?.()
  await store.open?.(contextOf())
  await store.setMany(new Map([['a', {}]]), always)
  expect(existsSync(join(directory, 'a.json'))).toBe(true)
})
