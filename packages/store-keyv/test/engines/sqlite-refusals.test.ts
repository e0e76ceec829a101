import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/engines/sqlite-connection.ts'
import { openDatabase } from '../../src/engines/sqlite-database.ts'
import { contextOf, madeStore, namesOf, openedStore, rejection, signalIn } from '../support/fixture.ts'
import { expectOnlyKeptToFail } from '../support/kept-rows.ts'
import { hasSqlite } from '../support/prerequisites.ts'
import { inSqliteHome } from '../support/sqlite-home.ts'

describe.skipIf(!hasSqlite)('tables of SQLite that others change (needs npm run prepare:sqlite)', () => {
  inSqliteHome()
  let directory: string
  const at = (name: string) => ({ uri: `sqlite://${join(directory, name)}` })
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'keyv-sqlite-'))
  })
  afterAll(() => {
    rmSync(directory, { recursive: true, force: true })
  })

  const withFile = async (file: string, task: (database: Database) => Promise<unknown>) => {
    const database = await openDatabase(join(directory, file), { create: true, busyMs: 5000 })
    try {
      await task(database)
    } finally {
      await database.close()
    }
  }
  const run = (file: string, text: string) => withFile(file, ({ exec }) => exec(text))

  test.each(['UTF-8', 'UTF-16le', 'UTF-16be'])(
    'a database in %s returns every record that it has taken',
    async (encoding) => {
      const file = `${encoding}.db`
      await run(file, `PRAGMA encoding = '${encoding}'; CREATE TABLE theirs (a)`)
      const store = await openedStore(at(file), { owner: 'a' })
      const records = new Map<string, unknown>([
        ['plain', { text: 'é 日本 🚀' }],
        ['replacement', { text: 'with \ufffd' }],
        ['large', { text: 'x'.repeat(900_000) }],
        ['large and foreign', { text: '日'.repeat(300_000) }],
        ['n'.repeat(100), { text: 'a long name' }],
      ])
      await store.setMany(records, signalIn())
      expect(await store.getMany([...records.keys()], signalIn())).toEqual(records)
      expect(await namesOf(store)).toEqual([...records.keys()].toSorted())
      await run(file, `INSERT INTO keyv VALUES ('sessionkeep:-:big', '"' || hex(zeroblob(1100000)) || '"')`)
      const { failed } = (await rejection(store.getMany(['big', 'plain'], signalIn()))) as unknown as {
        failed: Map<string, Error>
      }
      expect([...failed.keys()]).toEqual(['big'])
    },
  )

  test('a table that a reader has seen and that is away does not count as empty, also after a reconnect', async () => {
    await run('away.db', 'CREATE TABLE theirs (a)')
    const early = await openedStore(at('away.db'), { readOnly: true })
    expect(await namesOf(early)).toEqual([])
    const writer = await openedStore(at('away.db'), { owner: 'a' })
    await writer.setMany(new Map([['a', 1]]), signalIn())
    await writer.close?.()
    expect(await namesOf(early)).toEqual(['a'])
    const told: Error[] = []
    const reader = await openedStore(at('away.db'), { readOnly: true, onLost: (error) => void told.push(error) })
    await run('away.db', 'ALTER TABLE keyv RENAME TO away')
    expect(await rejection(reader.getMany(['a'], signalIn()))).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect(await rejection(namesOf(early))).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect(told).toHaveLength(1)
    for (const _ of [1, 2]) {
      await reader.close?.()
      expect(await rejection(reader.open?.(contextOf({ readOnly: true })))).toMatchObject({
        code: 'STORE_UNAVAILABLE',
        message: expect.stringContaining('does not have the table keyv any more'),
      })
    }
    await run('away.db', 'ALTER TABLE away RENAME TO keyv')
    await reader.open?.(contextOf({ readOnly: true }))
    expect(await reader.getMany(['a'], signalIn())).toEqual(new Map([['a', 1]]))
  })

  test.each([{ owner: 'a' }, {}])(
    'a dropped table ends the connection of a writer, and the next open() creates it again: %j',
    async (context) => {
      const told: Error[] = []
      const store = await openedStore(at('dropped.db'), { ...context, onLost: (error) => void told.push(error) })
      await store.setMany(new Map([['a', 1]]), signalIn())
      await run('dropped.db', 'DROP TABLE keyv')
      // A beat of a writer with an owner may have noticed it first.
      expect(await rejection(store.setMany(new Map([['b', 2]]), signalIn()))).toMatchObject({
        code: expect.stringMatching(/^STORE_(UNAVAILABLE|CLOSED)$/),
      })
      expect(told).toHaveLength(1)
      await store.close?.()
      await store.open?.(contextOf(context))
      await store.setMany(new Map([['c', 3]]), signalIn())
      expect(await namesOf(store)).toEqual(['c'])
      await store.close?.()
    },
  )

  test.each([{ owner: 'a' }, {}])(
    'a row that a trigger keeps without an error fails by its name, and the others are changed: %j',
    async (context) => {
      const file = `kept${Object.keys(context).length}.db`
      const store = await openedStore(at(file), context)
      const keep = () =>
        withFile(file, async ({ exec }) => {
          for (const verb of ['UPDATE', 'DELETE'])
            await exec(
              `CREATE TRIGGER keep_${verb} BEFORE ${verb} ON keyv WHEN OLD.key LIKE '%:kept' BEGIN SELECT RAISE(IGNORE); END`,
            )
        })
      await expectOnlyKeptToFail(store, keep, 'keyv')
    },
  )

  test('a lease that a trigger keeps from being written ends the attempt to open, with an error that says why', async () => {
    await (await openedStore(at('unleased.db'))).close?.()
    const skipping = "WHEN NEW.key LIKE '%lease%' BEGIN SELECT RAISE(IGNORE); END"
    await run('unleased.db', `CREATE TRIGGER unlease BEFORE INSERT ON keyv ${skipping}`)
    expect(await rejection(madeStore(at('unleased.db')).open?.(contextOf({ owner: 'a' })))).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('a trigger or a row policy of the table keyv skips it'),
    })
  })

  test('a trigger that names a missing table of its own is a fault of the change alone, and the connection stays', async () => {
    const told: Error[] = []
    const store = await openedStore(at('audit.db'), { owner: 'a', onLost: (error) => void told.push(error) })
    await store.setMany(new Map([['a', 1]]), signalIn())
    await run('audit.db', 'CREATE TRIGGER audit BEFORE DELETE ON keyv BEGIN INSERT INTO audit VALUES (OLD.key); END')
    expect(await rejection(store.deleteMany(['a'], signalIn()))).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect(told).toEqual([])
    expect(await store.getMany(['a'], signalIn())).toEqual(new Map([['a', 1]]))
  })
})
