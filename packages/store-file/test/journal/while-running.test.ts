import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { currentAttachment, NEVER_ABORTED } from '@sessionkeep/disk'
import { expect, test } from 'vitest'
import { after, always, freshDirectory, recordingLogger } from '../../../disk/test/support/fixture.ts'
import { openJournal } from '../../src/journal/journal.ts'
import { createSegmentReader } from '../../src/journal/read-segments.ts'
import { bytesOfText, writeFiles } from '../../src/write-calls.ts'
import { copyOf, filesIn, get, hotRecord, inFile, journalled, segmentsOf, set, warnings } from './support.ts'

async function bareJournal() {
  const directory = freshDirectory()
  const logger = recordingLogger()
  const use = { root: directory, directory, owner: undefined, readOnly: false, sync: true, logger, known: new Map() }
  const current = currentAttachment({ ...use, onAttached: () => undefined })
  await current.take(always.signal)
  after(() => current.release())
  const attachment = await current.get(always.signal)
  if (!attachment?.writer) throw new Error('The directory was not attached.')
  const target = { attachment, writer: attachment.writer, sync: true }
  const journal = await openJournal({
    ...{ target, owner: undefined, logger, check: () => current.get(NEVER_ABORTED) },
    reader: createSegmentReader(directory, logger),
    bytesOf: (name, text) => bytesOfText(attachment, name, text),
    writeFiles: (changes) => writeFiles(target, changes),
  })
  after(() => journal.close())
  const names = Array.from({ length: 150 }, (_, at) => `n${at}`)
  const write = (n: number, some = names) =>
    journal.write(
      some.map((name) => ({ name, text: JSON.stringify({ n }) })),
      NEVER_ABORTED,
    )
  return { directory, handle: attachment.held.handle, journal, logger, names, write }
}

test('lines that are written while records are brought to their files outlive that run', async () => {
  const { directory, journal, logger, write, names } = await bareJournal()
  await write(1)
  let newest = 1
  let running = true
  const bringing = journal.bringUpToDate().finally(() => {
    running = false
  })
  while (running) await write(++newest)
  await bringing
  const { store } = await journalled(copyOf(directory))
  for (const name of names) expect(await get(store, name)).toEqual({ [name]: { n: newest } })
  await journal.bringUpToDate()
  for (const name of names) expect(inFile(join(directory, `${name}.json`))).toEqual({ n: newest })
  expect(segmentsOf(directory)).toEqual([])
  expect(warnings(logger.entries)).toEqual([])
})

test('a record that is written and removed while records are brought to their files stays removed', async () => {
  const { directory, journal, write, names } = await bareJournal()
  await write(1)
  const bringing = journal.bringUpToDate()
  await journal.write(
    names.slice(0, 90).map((name) => ({ name, text: null })),
    NEVER_ABORTED,
  )
  await bringing
  await journal.bringUpToDate()
  expect(filesIn(directory).length).toBe(60)
  expect(segmentsOf(directory)).toEqual([])
})

test('power is cut after records were brought to their files and before the directory was synced: what was acknowledged since counts', async () => {
  const { directory, handle, journal, write, names } = await bareJournal()
  await write(1)
  const sync = handle.sync.bind(handle)
  handle.sync = () => Promise.reject(Object.assign(new Error('the disk is busy'), { code: 'EIO' }))
  await expect(journal.bringUpToDate()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  handle.sync = sync
  await write(2, names.slice(0, 40))
  const left = copyOf(directory)
  for (const name of names) rmSync(join(left, `${name}.json`))
  const { store } = await journalled(left)
  expect(await get(store, 'n0', 'n39', 'n40')).toEqual({ n0: { n: 2 }, n39: { n: 2 }, n40: { n: 1 } })
})

test('a segment is removed by hand: the next write is rejected, and what the segment had is in the files', async () => {
  const { directory, store, file } = await hotRecord()
  expect(inFile(file)).toEqual({ n: 1 })
  for (const path of segmentsOf(directory)) rmSync(path)
  await expect(set(store, { b: { n: 1 } })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  expect(inFile(file)).toEqual({ n: 2 })
  await set(store, { b: { n: 1 } })
  expect(await get((await journalled(copyOf(directory))).store, 'a', 'b')).toEqual({ a: { n: 2 }, b: { n: 1 } })
})
