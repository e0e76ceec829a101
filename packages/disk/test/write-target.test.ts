import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { currentAttachment, makeDurable, publish, type WriteTarget, withPermit } from '../src/index.ts'
import { after, always, failureOf, freshDirectory, recordingLogger } from './support/fixture.ts'

async function targetIn(directory: string): Promise<WriteTarget> {
  const current = currentAttachment({
    ...{ root: directory, directory, owner: undefined, readOnly: false, sync: true },
    ...{ logger: recordingLogger(), known: new Map(), onAttached: () => undefined },
  })
  await current.take(always.signal)
  after(current.release)
  const attachment = await current.get(always.signal)
  if (!attachment?.writer) throw new Error('It was to be attached.')
  return { attachment, writer: attachment.writer, sync: true }
}

const put = (target: WriteTarget, path: string, text: string, signal = always.signal) =>
  withPermit(always.signal, () => publish(target, { path, label: 'note', bytes: Buffer.from(text) }, signal))

test('publish() replaces the file, returns its stat, and leaves no unfinished file', async () => {
  const directory = freshDirectory()
  const target = await targetIn(directory)
  const path = join(directory, 'note.txt')
  writeFileSync(path, 'a longer one that was there before')
  const stat = await put(target, path, 'new')
  await makeDurable(target)
  expect(readFileSync(path, 'utf8')).toBe('new')
  expect(stat.ino).toBe(statSync(path).ino)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(readdirSync(join(directory, '.tmp'))).toEqual([])
})

test('an aborted publish() keeps the old content, and leaves no unfinished file', async () => {
  const directory = freshDirectory()
  const target = await targetIn(directory)
  const path = join(directory, 'note.txt')
  await put(target, path, 'old')
  expect(await failureOf(put(target, path, 'new', AbortSignal.abort()))).toMatchObject({ code: 'STORE_TIMEOUT' })
  expect(readFileSync(path, 'utf8')).toBe('old')
  expect(readdirSync(join(directory, '.tmp'))).toEqual([])
})

test('publish() creates the directory for unfinished files again, but never the one for the records', async () => {
  const directory = join(freshDirectory(), 'notes')
  const target = await targetIn(directory)
  rmSync(join(directory, '.tmp'), { recursive: true })
  await put(target, join(directory, 'note.txt'), 'new')
  rmSync(directory, { recursive: true })
  expect(await failureOf(put(target, join(directory, 'note.txt'), 'new'))).toMatchObject({ code: 'ENOENT' })
})
