import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { readManyFiles } from '../src/index.ts'
import { after, freshDirectory } from './support/fixture.ts'
import { can } from './support/prerequisites.ts'

const read = async (...paths: string[]) =>
  (await readManyFiles(paths)).map((file) => (file ? (file.bytes?.toString() ?? 'none') : 'not read'))

test('reads files of any content in the order of the paths, and says which do not exist', async () => {
  const directory = freshDirectory()
  const paths = ['a', 'empty', 'absent', 'b'].map((name) => join(directory, name))
  writeFileSync(paths[0] ?? '', 'ä')
  writeFileSync(paths[1] ?? '', '')
  writeFileSync(paths[3] ?? '', 'x'.repeat(64 * 1024))
  expect(await read(...paths)).toEqual(['ä', '', 'none', 'x'.repeat(64 * 1024)])
})

test('reads more than fits into its buffer', async () => {
  const directory = freshDirectory()
  const paths = Array.from({ length: 40 }, (_, at) => join(directory, String(at)))
  for (const [at, path] of paths.entries()) writeFileSync(path, String(at % 10).repeat(60_000))
  expect(await read(...paths)).toEqual(paths.map((_, at) => String(at % 10).repeat(60_000)))
})

test('leaves a large file, a link, a FIFO and a directory to the caller', async () => {
  const directory = freshDirectory()
  const at = (name: string) => join(directory, name)
  writeFileSync(at('large'), 'x'.repeat(64 * 1024 + 1))
  symlinkSync(at('large'), at('link'))
  execFileSync('mkfifo', [at('fifo')])
  mkdirSync(at('directory'))
  expect(await read(at('large'), at('link'), at('fifo'), at('directory'))).toEqual(Array(4).fill('not read'))
})

test('leaves a file that others could have written to the caller', async () => {
  const directory = freshDirectory()
  const path = join(directory, 'a')
  writeFileSync(path, 'x')
  chmodSync(path, 0o666)
  expect(await read(path)).toEqual(['not read'])
})

test.skipIf(!can.root)('leaves a file of another user to the caller (needs root)', async () => {
  const path = join(freshDirectory(), 'a')
  writeFileSync(path, 'x')
  chownSync(path, 65534, 65534)
  expect(await read(path)).toEqual(['not read'])
})

test('calls at the same time each get their own files, and a call after the thread has ended starts another', async () => {
  const directory = freshDirectory()
  const paths = ['a', 'b'].map((name) => join(directory, name))
  for (const path of paths) writeFileSync(path, path)
  expect(await Promise.all(paths.map((path) => read(path)))).toEqual(paths.map((path) => [path]))
  await sleep(700)
  expect(await read(...paths)).toEqual(paths)
})

test('the end of an idle thread does not fail a call that has already started the next one', async () => {
  const path = join(freshDirectory(), 'a')
  writeFileSync(path, 'x')
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  after(() => vi.useRealTimers())
  vi.resetModules()
  const fresh = await import('../src/bulk-read.ts')
  await fresh.readManyFiles([path])
  // The thread is being ended now.
  vi.advanceTimersByTime(1000)
  const [file] = await fresh.readManyFiles([path])
  expect(file?.bytes?.toString()).toBe('x')
})
