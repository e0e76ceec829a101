import { importAdapter } from '../adapters.ts'
import type { Driver, Engine } from '../engine.ts'
import type { Target } from '../target.ts'

type Row = Readonly<Record<string, unknown>>
interface SqliteAdapter {
  on(event: 'error', listener: () => void): unknown
  query(text: string, ...values: readonly unknown[]): Promise<Row[]>
  close(): Promise<void>
}
type SqliteConstructor = new (options: object) => SqliteAdapter

const PAGE = 500

/** SQLite, through the adapter's own query(): its batches that read first, and its LIKE that folds case, are not used. */
export function sqliteDriver({ uri }: Target, table: string, timeoutMs: number): Driver {
  const isInMemory = uri === 'sqlite://:memory:'
  return {
    shared: false,
    durability: isInMemory ? 'none' : 'process',
    replaceable: false,
    async connect({ signal, onLost }) {
      const { KeyvSqlite } = await importAdapter('@keyv/sqlite')
      signal.throwIfAborted()
      const adapter = new (KeyvSqlite as SqliteConstructor)({ uri, table, busyTimeout: Math.ceil(timeoutMs / 2) })
      adapter.on('error', onLost)
      const end = () => adapter.close().catch(() => undefined)
      signal.addEventListener('abort', end, { once: true })
      try {
        // With a rollback journal, only EXTRA makes a commit survive a power cut right after it.
        await adapter.query('PRAGMA synchronous = EXTRA')
        const [mode] = await adapter.query('PRAGMA journal_mode')
        const durability = isInMemory ? 'none' : durabilityOf(String(mode?.journal_mode))
        return { durability, ...statements(table, (text, ...values) => adapter.query(text, ...values)), end }
      } catch (error) {
        await end()
        throw error
      }
    },
  }
}

/** A journal that is not on disk leaves a broken file behind when the process is killed during a write. */
function durabilityOf(journal: string): Engine['durability'] {
  return ['delete', 'truncate', 'persist', 'wal'].includes(journal) ? 'power' : 'none'
}

function statements(table: string, query: SqliteAdapter['query']): Omit<Engine, 'durability' | 'end'> {
  return {
    async get(keys) {
      const rows = await query(
        `SELECT key, value FROM ${table} WHERE key IN (SELECT value FROM json_each(?))`,
        JSON.stringify(keys),
      )
      return new Map(rows.map(({ key, value }) => [String(key), typeof value === 'string' ? value : undefined]))
    },
    async set(texts) {
      const into = `INSERT INTO ${table} (key, value) SELECT value ->> 0, value ->> 1 FROM json_each(?) WHERE true`
      await query(`${into} ON CONFLICT (key) DO UPDATE SET value = excluded.value`, JSON.stringify([...texts]))
    },
    async delete(keys) {
      await query(`DELETE FROM ${table} WHERE key IN (SELECT value FROM json_each(?))`, JSON.stringify(keys))
    },
    async rename(moves) {
      const from = `FROM (SELECT value ->> 0 AS source, value ->> 1 AS target FROM json_each(?)) AS move`
      await query(`UPDATE ${table} SET key = move.target ${from} WHERE key = move.source`, JSON.stringify([...moves]))
    },
    async *pages(prefix) {
      // The prefix ends with a colon, and a semicolon comes next: a range of the index, exact where LIKE folds case.
      const until = `${prefix.slice(0, -1)};`
      const select = `SELECT key FROM ${table} WHERE key > ? AND key < ? ORDER BY key LIMIT ${PAGE}`
      let last = prefix
      for (;;) {
        const keys = (await query(select, last, until)).map(({ key }) => String(key))
        yield keys
        if (keys.length < PAGE) return
        last = keys.at(-1) ?? last
      }
    },
  }
}
