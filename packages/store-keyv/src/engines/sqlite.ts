import { existsSync } from 'node:fs'
import { StoreError } from '@sessionkeep/contracts'
import type { Driver, Engine } from '../engine.ts'
import type { Target } from '../target.ts'
import { type Database, openDatabase } from './sqlite-database.ts'
import { assertTrustedDatabase, makePrivate } from './sqlite-file.ts'
import { lockFor } from './sqlite-lock.ts'

const PAGE = 500
const IN_MEMORY = ':memory:'

/**
 * Uses the client that @keyv/sqlite depends on, and the table that it would create. A batch is one statement, and
 * keys are listed without LIKE, which would ignore case.
 */
export function sqliteDriver({ uri, server }: Target, table: string, timeoutMs: number): Driver {
  const file = uri.slice('sqlite://'.length)
  const isInMemory = file === IN_MEMORY
  return {
    shared: false,
    durability: isInMemory ? 'none' : 'process',
    async connect({ signal, onLost, readOnly, owner }) {
      if (readOnly && !isInMemory && !existsSync(file)) {
        throw new StoreError('STORE_UNAVAILABLE', `There is no database at ${server} yet.`, { context: { server } })
      }
      const warnings = isInMemory ? [] : await assertTrustedDatabase(file)
      // What cannot be made here is reported by SQLite.
      if (!readOnly && !isInMemory) await makePrivate(file).catch(() => undefined)
      const database = await openDatabase(file, {
        create: !readOnly || isInMemory,
        busyMs: Math.ceil(timeoutMs / 2),
      })
      let release: () => Promise<void> = async () => undefined
      const end = async () => {
        onLost()
        await database.close()
        await release()
      }
      try {
        if (!readOnly && !isInMemory) release = await lockFor(file, owner)
        signal.throwIfAborted()
        const durability = await prepare(database, table, readOnly)
        signal.addEventListener('abort', end, { once: true })
        const engine = statements(table, database.all, readOnly)
        return { durability: isInMemory ? 'none' : durability, warnings, ...engine, end }
      } catch (error) {
        await end()
        throw error
      }
    },
  }
}

async function prepare({ all, exec }: Database, table: string, readOnly: boolean): Promise<Engine['durability']> {
  // With a rollback journal, only EXTRA makes a commit survive a power cut right after it.
  await exec('PRAGMA synchronous = EXTRA')
  if (readOnly) await exec('PRAGMA query_only = ON')
  else await exec(`CREATE TABLE IF NOT EXISTS ${table} (key VARCHAR(255) PRIMARY KEY, value TEXT)`)
  // This reports a file that cannot be written when the store is opened, even if the table exists.
  if (!readOnly) await exec(`UPDATE ${table} SET value = value WHERE key = ''`)
  const [mode] = await all('PRAGMA journal_mode')
  // Without a journal on disk, a kill during a write damages the file.
  return ['delete', 'truncate', 'persist', 'wal'].includes(String(mode?.journal_mode)) ? 'power' : 'none'
}

function statements(table: string, all: Database['all'], readOnly: boolean): Omit<Engine, 'durability' | 'end'> {
  const read: Database['all'] = async (text, ...values) => {
    try {
      return await all(text, ...values)
    } catch (error) {
      if (readOnly && error instanceof Error && error.message.includes('no such table')) return []
      throw error
    }
  }
  return {
    async get(keys) {
      const select = `SELECT key, value FROM ${table} WHERE key IN (SELECT value FROM json_each(?))`
      const rows = await read(select, JSON.stringify(keys))
      return new Map(rows.map(({ key, value }) => [String(key), typeof value === 'string' ? value : undefined]))
    },
    async set(texts) {
      const into = `INSERT INTO ${table} (key, value) SELECT value ->> 0, value ->> 1 FROM json_each(?) WHERE true`
      await all(`${into} ON CONFLICT (key) DO UPDATE SET value = excluded.value`, JSON.stringify([...texts]))
    },
    async delete(keys) {
      await all(`DELETE FROM ${table} WHERE key IN (SELECT value FROM json_each(?))`, JSON.stringify(keys))
    },
    async rename(moves) {
      const from = `FROM (SELECT value ->> 0 AS source, value ->> 1 AS target FROM json_each(?)) AS move`
      await all(`UPDATE ${table} SET key = move.target ${from} WHERE key = move.source`, JSON.stringify([...moves]))
    },
    async *pages(prefix) {
      // The prefix ends with a colon, and the next character is a semicolon. So this is an exact range of the index,
      // where LIKE would ignore case.
      const until = `${prefix.slice(0, -1)};`
      const select = `SELECT key FROM ${table} WHERE key > ? AND key < ? ORDER BY key LIMIT ${PAGE}`
      let last = prefix
      for (;;) {
        const keys = (await read(select, last, until)).map(({ key }) => String(key))
        yield keys
        if (keys.length < PAGE) return
        last = keys.at(-1) ?? last
      }
    },
  }
}
