import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import promises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { NEVER_ABORTED } from '@sessionkeep/disk'
import { expect, test } from 'vitest'
import { after, always } from '../../../disk/test/support/fixture.ts'
import { bareJournal } from './bare-journal.ts'
import { copyOf, filesIn, get, hotRecord, inFile, journalled, segmentsOf, set, warnings } from './support.ts'

test('lines that are written while records are brought to their files are not removed with the older segments', async () => {
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

test('a record that was acknowledged before a power cut counts, also when the directory was not synced after the records were brought to their files', async () => {
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

test('a record whose file cannot be read keeps its line, and not the segments with all others', async () => {
  const { directory, journal, write } = await bareJournal()
  await write(1)
  await journal.bringUpToDate()
  const { open } = promises
  const restore = (): void => {
    promises.open = open
    syncBuiltinESMExports()
  }
  after(restore)
  promises.open = async (...given) => {
    if (String(given[0]).endsWith('/n0.json')) throw Object.assign(new Error('a bad block'), { code: 'EIO' })
    return await open(...given)
  }
  syncBuiltinESMExports()
  for (let n = 2; n < 5; n += 1) {
    await write(n)
    await expect(journal.bringUpToDate()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    const sizes = segmentsOf(directory).map((path) => statSync(path).size)
    expect(sizes).toEqual([expect.any(Number)])
    expect(sizes[0]).toBeLessThan(200)
  }
  restore()
  expect(inFile(join(directory, 'n1.json'))).toEqual({ n: 4 })
  const { store } = await journalled(copyOf(directory))
  expect(await get(store, 'n0', 'n1')).toEqual({ n0: { n: 4 }, n1: { n: 4 } })
  await journal.bringUpToDate()
  expect(inFile(join(directory, 'n0.json'))).toEqual({ n: 4 })
  expect(segmentsOf(directory)).toEqual([])
})

/** Does something once a call of `node:fs/promises` with this path as one of its first arguments has ended. */
function onceAfter(call: 'open' | 'rename', isPath: (path: string) => boolean, task: () => void) {
  const original = promises[call] as (...given: unknown[]) => Promise<unknown>
  let isDone = false
  const replaced = async (...given: unknown[]): Promise<unknown> => {
    const isNow = !isDone && given.slice(0, 2).some((one) => isPath(String(one)))
    if (isNow) isDone = true
    const result = await original(...given)
    if (isNow) task()
    return result
  }
  Object.assign(promises, { [call]: replaced })
  syncBuiltinESMExports()
  after(() => {
    Object.assign(promises, { [call]: original })
    syncBuiltinESMExports()
  })
}

test.each([
  ['changed', (file: string) => writeFileSync(file, '{"n":"by hand"}')],
  ['removed', (file: string) => rmSync(file)],
])(
  'a file that is %s by hand while its record is being brought to it stays so, and a warning says so',
  async (_, edit) => {
    const { directory, journal, logger, write } = await bareJournal()
    await write(1)
    await journal.bringUpToDate()
    await write(2)
    const file = join(directory, 'n7.json')
    let edited: string | undefined
    const now = () => (existsSync(file) ? readFileSync(file, 'utf8') : undefined)
    onceAfter(
      'open',
      (path) => path.includes('/.tmp/n7.'),
      () => {
        edit(file)
        edited = now()
      },
    )
    await journal.bringUpToDate()
    expect(now()).toBe(edited)
    expect(inFile(join(directory, 'n8.json'))).toEqual({ n: 2 })
    expect(warnings(logger.entries)).toEqual([
      'The file of a record was changed by hand after the record was written; the file counts',
    ])
    expect(readdirSync(join(directory, '.tmp'))).toEqual([])
  },
)

test('a file that is changed by hand right after the store has written it gives way to the next record, and the log says so', async () => {
  const { directory, journal, logger, write, names } = await bareJournal()
  await write(1)
  await journal.bringUpToDate()
  await write(2)
  const file = join(directory, 'n7.json')
  onceAfter(
    'rename',
    (path) => path === file,
    () => writeFileSync(file, '{"n":"by hand"}'),
  )
  await journal.bringUpToDate()
  await write(3, names.slice(0, 50))
  await journal.bringUpToDate()
  expect(inFile(file)).toEqual({ n: 3 })
  expect(logger.entries.filter(({ message }) => message.includes('by hand'))).toMatchObject([
    { level: 'info', fields: { name: 'n7', now: 'changed' } },
  ])
})

test('a change by hand right after a write that changed the file at once is told by the next write', async () => {
  const { directory, store, logger } = await journalled()
  const file = join(directory, 'a.json')
  const write = (n: number) => store.setMany(new Map([['a', { n }]]), always)
  await write(1)
  onceAfter(
    'rename',
    (path) => path === file,
    () => writeFileSync(file, '{"n":"by hand"}'),
  )
  await write(2)
  await write(3)
  expect(inFile(file)).toEqual({ n: 3 })
  expect(logger.entries.filter(({ message }) => message.includes('by hand'))).toMatchObject([
    { level: 'info', fields: { name: 'a', now: 'changed' } },
  ])
})

test('a record that a person puts into its file counts, although the journal could once not bring the same record there', async () => {
  const { directory, journal, logger, write } = await bareJournal()
  await write(1)
  await journal.bringUpToDate()
  await write(2)
  const temp = join(directory, '.tmp')
  rmSync(temp, { recursive: true })
  writeFileSync(temp, 'in the way')
  await expect(journal.bringUpToDate()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  await write(3)
  rmSync(temp)
  await journal.bringUpToDate()
  await write(4)
  const file = join(directory, 'n7.json')
  writeFileSync(file, '{\n  "n": 2\n}\n')
  await journal.bringUpToDate()
  expect(inFile(file)).toEqual({ n: 2 })
  expect(inFile(join(directory, 'n8.json'))).toEqual({ n: 4 })
  expect(warnings(logger.entries)).toContain(
    'The file of a record was changed by hand after the record was written; the file counts',
  )
})

test('when the directory of the journal is removed by hand, the records follow to their files without a warning', async () => {
  const { directory, journal, logger, write } = await bareJournal()
  await write(1)
  rmSync(join(directory, '.journal'), { recursive: true })
  await journal.bringUpToDate()
  expect(inFile(join(directory, 'n7.json'))).toEqual({ n: 1 })
  await journal.close()
  expect(warnings(logger.entries)).toEqual([])
})

test('when a segment is removed by hand, the next write is rejected, and the records of the segment are in their files', async () => {
  const { directory, store, file } = await hotRecord()
  expect(inFile(file)).toEqual({ n: 1 })
  for (const path of segmentsOf(directory)) rmSync(path)
  await expect(set(store, { b: { n: 1 } })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  expect(inFile(file)).toEqual({ n: 2 })
  await set(store, { b: { n: 1 } })
  expect(await get((await journalled(copyOf(directory))).store, 'a', 'b')).toEqual({ a: { n: 2 }, b: { n: 1 } })
})

test('what a batch writes counts, although a record of it is brought to its file while the batch looks up the other paths', async () => {
  const { directory, journal, write, names } = await bareJournal()
  await write(1)
  const { open, lstat } = promises
  const restore = (): void => {
    Object.assign(promises, { open, lstat })
    syncBuiltinESMExports()
  }
  after(restore)
  const [reading, read, looking, looked] = [gate(), gate(), gate(), gate()]
  let isFirst = true
  promises.open = async (...given) => {
    if (isFirst && String(given[0]).endsWith('/n0.json')) {
      isFirst = false
      reading.open()
      await read.opened
    }
    return await open(...given)
  }
  promises.lstat = (async (path: string) => {
    if (path.endsWith('/n1.json')) {
      looking.open()
      await looked.opened
    }
    return await lstat(path)
  }) as typeof lstat
  syncBuiltinESMExports()
  const bringing = journal.bringSome(['n0'])
  await reading.opened
  const writing = write(2, names.slice(0, 40))
  await looking.opened
  read.open()
  while (!existsSync(join(directory, 'n0.json'))) await sleep(1)
  // Long enough for the directory to be synced, and for what that confirms to be noted.
  await sleep(100)
  looked.open()
  await writing
  restore()
  const { store } = await journalled(copyOf(directory))
  expect(await get(store, 'n0', 'n1')).toEqual({ n0: { n: 2 }, n1: { n: 2 } })
  await bringing
})

function gate() {
  let open: () => void = () => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}
