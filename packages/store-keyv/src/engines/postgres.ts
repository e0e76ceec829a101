import { codeOf } from '@sessionkeep/contracts'
import { requireClient } from '../adapters.ts'
import type { ConnectContext, Driver, Engine } from '../engine.ts'
import type { Target } from '../target.ts'
import { checkTable, type Query, type Row } from './postgres-table.ts'

interface PgClient {
  connect(): Promise<unknown>
  query(text: string, values?: readonly unknown[]): Promise<{ rows: Row[] }>
  on(event: 'error' | 'end', listener: () => void): unknown
  readonly connection: { readonly stream: { destroy(): void } }
}
interface Pg {
  readonly Client: new (options: object) => PgClient
}

const PAGE = 500
const NO_TABLE = '42P01'

/**
 * Uses the client that @keyv/postgres depends on, and the table that it would create. The pool of the adapter itself
 * is not used: there is one for the whole process, and it ends the process when an idle connection breaks.
 */
export function postgresDriver({ uri }: Target, table: string, timeoutMs: number): Driver {
  return {
    shared: true,
    durability: 'process',
    async connect(context) {
      const { Client } = requireClient('@keyv/postgres', 'pg') as Pg
      const client = new Client({ connectionString: uri, keepAlive: true, connectionTimeoutMillis: timeoutMs })
      return await engineOf(client, table, context)
    },
  }
}

async function engineOf(
  client: PgClient,
  table: string,
  { signal, onLost, readOnly }: ConnectContext,
): Promise<Engine> {
  const end = () => {
    onLost()
    client.connection.stream.destroy()
  }
  client.on('error', end)
  client.on('end', onLost)
  signal.addEventListener('abort', end, { once: true })
  const name = `public."${table}"`
  let tail: Promise<unknown> = Promise.resolve()
  const query = async (text: string, values: readonly unknown[] = []) => {
    // Queries run one after the other, because the client deprecates a query while another is running.
    const answer = tail.then(() => client.query(text, values))
    tail = answer.catch(() => undefined)
    try {
      return (await answer).rows
    } catch (error) {
      if (codeOf(error) !== NO_TABLE) throw error
      // A read-only store must not create the table. Until another store does, it is empty.
      if (readOnly) return []
      // A table that was dropped is created again by the next connection.
      end()
      throw error
    }
  }
  try {
    await client.connect()
    const durability = await prepare(query, name, readOnly)
    const beat = async () => {
      await query('SELECT 1')
    }
    return { durability, ...statements(name, query), beat, end: async () => end() }
  } catch (error) {
    end()
    throw error
  }
}

function statements(name: string, query: Query): Omit<Engine, 'durability' | 'beat' | 'end'> {
  return {
    async get(keys) {
      const rows = await query(`SELECT key, value FROM ${name} WHERE key = ANY($1::text[])`, [keys])
      return new Map(rows.map(({ key, value }) => [String(key), value === null ? undefined : String(value)]))
    },
    async set(texts) {
      const into = `INSERT INTO ${name} (key, value) SELECT * FROM unnest($1::text[], $2::text[])`
      await query(`${into} ON CONFLICT (key) DO UPDATE SET value = excluded.value`, [
        [...texts.keys()],
        [...texts.values()],
      ])
    },
    async delete(keys) {
      await query(`DELETE FROM ${name} WHERE key = ANY($1::text[])`, [keys])
    },
    async rename(moves) {
      const change = `UPDATE ${name} AS kept SET key = move.target FROM unnest($1::text[], $2::text[]) AS move(source, target)`
      await query(`${change} WHERE kept.key = move.source`, [[...moves.keys()], [...moves.values()]])
    },
    async *pages(prefix) {
      const pattern = `${prefix.replace(/[\\%_]/g, '\\$&')}%`
      const select = `SELECT key FROM ${name} WHERE key LIKE $1 ESCAPE '\\' AND key > $2 ORDER BY key LIMIT ${PAGE}`
      let last = ''
      for (;;) {
        const keys = (await query(select, [pattern, last])).map(({ key }) => String(key))
        yield keys
        if (keys.length < PAGE) return
        last = keys.at(-1) ?? last
      }
    },
  }
}

async function prepare(query: Query, name: string, readOnly: boolean): Promise<Engine['durability']> {
  const about = `SELECT to_regclass($1) IS NOT NULL AS exists,
    current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on'
      AND current_setting('synchronous_commit') <> 'off' AS safe,
    COALESCE((SELECT relpersistence = 'p' FROM pg_class WHERE oid = to_regclass($1)), true) AS logged`
  const [facts] = await query(about, [name])
  let exists = facts?.exists === true
  if (!exists && !readOnly) {
    await create(query, name)
    exists = true
  }
  if (exists) await checkTable(query, name, readOnly)
  const isSafe = facts?.safe === true && facts.logged === true
  return isSafe ? 'power' : 'process'
}

async function create(query: Query, name: string): Promise<void> {
  try {
    await query(`CREATE TABLE IF NOT EXISTS ${name} (key VARCHAR(255) PRIMARY KEY, value TEXT)`)
  } catch (error) {
    // When two connections create the table at once, one of them gets one of these errors, and the table exists.
    if (!['23505', '42P07', '42710'].includes(codeOf(error) ?? '')) throw error
  }
}
