import { rmSync, statSync, writeFileSync } from 'node:fs'
import promises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { currentAttachment, type WriteTarget } from '@sessionkeep/disk'
import { expect, test } from 'vitest'
import { after, always, freshDirectory, recordingLogger } from '../../../disk/test/support/fixture.ts'
import { createKnownFiles, lookUp } from '../../src/journal/known-files.ts'
import { ABSENT, markOf, UNKNOWN } from '../../src/journal/line.ts'

const former = Buffer.from('{"n":1}\n')
const next = Buffer.from('{"n":2}\n')

/** The file of the record `a`, which has its former content and was looked up. */
async function lookedUp() {
  const directory = freshDirectory()
  const logger = recordingLogger()
  const use = { root: directory, directory, owner: undefined, readOnly: false, sync: true, logger, known: new Map() }
  const current = currentAttachment({ ...use, onAttached: () => undefined })
  await current.take(always.signal)
  after(() => current.release())
  const attachment = await current.get(always.signal)
  if (!attachment?.writer) throw new Error('The directory was not attached.')
  const target: WriteTarget = { attachment, writer: attachment.writer, sync: true }
  const known = createKnownFiles(target, logger)
  const path = join(directory, 'a.json')
  const look = async () => {
    const { done, failed } = await lookUp([{ name: 'a', text: null }], { attachment, known }, always.signal)
    return done.get('a') ?? failed.get('a')?.code
  }
  writeFileSync(path, former)
  await look()
  return { known, path, logger, look }
}

test('while a record is brought to its file, either content is expected, and none is taken for a change by hand', async () => {
  const { known, path, logger, look } = await lookedUp()
  const either = [markOf(former), markOf(next)]
  known.expect('a', markOf(next))
  expect(await look()).toEqual(either)
  writeFileSync(path, next)
  expect(await look()).toEqual(either)
  await known.note('a', markOf(next), statSync(path))
  expect(await look()).toEqual(either)
  known.confirm('a', markOf(next))
  expect(await look()).toEqual([markOf(next)])
  expect(logger.entries).toEqual([])
})

test('a record whose removal is on the disk is not remembered any more', async () => {
  const { known, path } = await lookedUp()
  known.expect('a', ABSENT)
  rmSync(path)
  await known.note('a', ABSENT, undefined)
  expect(known.marks('a')).toEqual([markOf(former), ABSENT])
  known.confirm('a', ABSENT)
  expect(known.marks('a')).toEqual([UNKNOWN])
})

test('a file that a person has changed and that cannot be synced fails alone, and the next call syncs it', async () => {
  const { path, look } = await lookedUp()
  const { open } = promises
  after(() => {
    promises.open = open
    syncBuiltinESMExports()
  })
  let opened = 0
  promises.open = async (...given) => {
    if (given[0] === path) opened += 1
    // The first call reads the file, and the second one syncs it.
    if (given[0] === path && opened === 2) throw Object.assign(new Error('a bad block'), { code: 'EIO' })
    return await open(...given)
  }
  syncBuiltinESMExports()
  writeFileSync(path, '{"n":"by hand"}')
  expect(await look()).toBe('STORE_UNAVAILABLE')
  const mark = [markOf(Buffer.from('{"n":"by hand"}'))]
  expect(await look()).toEqual(mark)
  // The second call reads and syncs the file, and the third one knows it.
  expect(opened).toBe(4)
  expect(await look()).toEqual(mark)
  expect(opened).toBe(4)
})
