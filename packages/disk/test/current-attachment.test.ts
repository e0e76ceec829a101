import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { currentAttachment, type DirectoryRequest } from '../src/index.ts'
import { after, always, failureOf, freshDirectory, recordingLogger } from './support/fixture.ts'

function attachmentOf(directory: string, part: Partial<DirectoryRequest> = {}) {
  const current = currentAttachment({
    ...{ root: directory, directory, owner: undefined, readOnly: false, sync: true },
    ...{ logger: recordingLogger(), known: new Map(), onAttached: () => undefined },
    ...part,
  })
  after(current.release)
  return current
}

test('take() creates and locks the directory; the error of a refused writer names what is locked and who has it', async () => {
  const directory = join(freshDirectory(), 'made')
  await attachmentOf(directory).take(always.signal)
  expect(existsSync(directory)).toBe(true)
  for (const [what, text] of [
    [undefined, `The directory ${directory}`],
    ['The document', 'The document'],
  ] as const) {
    const failure = await failureOf(attachmentOf(directory, { what }).take(always.signal))
    expect(failure).toMatchObject({ code: 'STORE_LOCKED', context: { pid: process.pid } })
    expect(failure.message).toContain(`${text} is in use by process ${process.pid}`)
  }
})

test('get() is unavailable while the directory is missing, and closed for good when another is in its place', async () => {
  const directory = join(freshDirectory(), 'kept')
  const current = attachmentOf(directory)
  await current.take(always.signal)
  renameSync(directory, `${directory}-away`)
  expect(await failureOf(current.get(always.signal))).toMatchObject({ code: 'STORE_UNAVAILABLE' })
  renameSync(`${directory}-away`, directory)
  expect((await current.get(always.signal))?.held.path).toBe(directory)
  renameSync(directory, `${directory}-away`)
  mkdirSync(directory, { mode: 0o700 })
  for (let time = 0; time < 2; time += 1) {
    expect(await failureOf(current.get(always.signal))).toMatchObject({ code: 'STORE_CLOSED' })
  }
  await attachmentOf(`${directory}-away`).take(always.signal)
})

test('a directory that was open before is not created again', async () => {
  const directory = join(freshDirectory(), 'kept')
  const known = new Map<string, number>()
  const first = attachmentOf(directory, { known })
  await first.take(always.signal)
  await first.release()
  renameSync(directory, `${directory}-away`)
  expect(await failureOf(attachmentOf(directory, { known }).take(always.signal))).toMatchObject({
    code: 'STORE_UNAVAILABLE',
  })
  expect(existsSync(directory)).toBe(false)
})

test.each(['flock', 'a lease'])(
  'with %s, a directory on another device than before is used again only if files of the owner are in it',
  async (lock) => {
    const path = process.env.PATH
    after(() => {
      process.env.PATH = path
    })
    if (lock === 'a lease') process.env.PATH = '/nowhere'
    const directory = join(freshDirectory(), 'kept')
    const known = new Map<string, number>()
    const takeOnce = async () => {
      const current = attachmentOf(directory, { known, owner: 'o' })
      await current.take(always.signal)
      await current.release()
    }
    await takeOnce()
    known.set(directory, -1)
    await takeOnce()
    known.set(directory, -1)
    for (const file of ['.o.lock', '.o.tmp']) rmSync(join(directory, file), { recursive: true, force: true })
    expect(await failureOf(takeOnce())).toMatchObject({ code: 'STORE_UNAVAILABLE' })
  },
)

test('read-only creates and locks nothing, and accepts a missing directory', async () => {
  const directory = join(freshDirectory(), 'later')
  const reader = attachmentOf(directory, { readOnly: true })
  await reader.take(always.signal)
  expect(await reader.get(always.signal)).toBeUndefined()
  expect(existsSync(directory)).toBe(false)
  await attachmentOf(directory).take(always.signal)
  expect(await reader.get(always.signal)).toMatchObject({ writer: undefined })
})
