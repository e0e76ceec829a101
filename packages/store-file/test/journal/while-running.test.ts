import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { NEVER_ABORTED } from '@sessionkeep/disk'
import { expect, test } from 'vitest'
import { bareJournal } from './bare-journal.ts'
import { copyOf, filesIn, get, hotRecord, inFile, journalled, segmentsOf, set, warnings } from './support.ts'

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
