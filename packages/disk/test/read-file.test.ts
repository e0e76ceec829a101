import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readWholeFile } from '../src/index.ts'
import { always, failureOf, freshDirectory } from './support/fixture.ts'

const read = (path: string) => readWholeFile({ path, maxBytes: 100, ...always })

test('readWholeFile() returns the bytes, and undefined when there is no file', async () => {
  const path = join(freshDirectory(), 'file')
  expect(await read(path)).toBeUndefined()
  for (const length of [0, 1, 100]) {
    writeFileSync(path, 'x'.repeat(length))
    expect(await read(path)).toMatchObject({ bytes: Buffer.alloc(length, 'x'), stat: { size: length } })
  }
})

test('a link, a FIFO, a directory, a device and a file above the limit are faults, and nothing waits', async () => {
  const directory = freshDirectory()
  const at = (name: string) => join(directory, name)
  symlinkSync('/etc/hostname', at('link'))
  execFileSync('mkfifo', [at('fifo')])
  mkdirSync(at('directory'))
  writeFileSync(at('large'), '')
  truncateSync(at('large'), 1024 ** 4)
  for (const path of [at('link'), at('fifo'), at('directory'), at('large'), '/dev/zero']) {
    expect(await read(path)).toMatchObject({ fault: expect.stringMatching(/^it is /) })
  }
})

test('a file that cannot be looked up is unavailable, never absent', async () => {
  const path = join(freshDirectory(), 'file')
  writeFileSync(path, '')
  expect(await failureOf(read(join(path, 'below')))).toMatchObject({ code: 'STORE_UNAVAILABLE' })
})
