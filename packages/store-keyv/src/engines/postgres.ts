import { codeOf, StoreError } from '@sessionkeep/contracts'
import type { ConnectContext, Driver, Engine } from '../engine.ts'
import type { Target } from '../target.ts'
import { connectPostgres, type PostgresClient } from './postgres-client.ts'
import { type HeldLease, takePostgresLease } from './postgres-lease.ts'
import { statements } from './postgres-statements.ts'
import { checkTable, NO_TABLE, type Query } from './postgres-table.ts'

/**
 * Uses `pg`, and the table that the adapter of Keyv would create. Every message of the server is checked before `pg`
 * reads it, because `pg` would end the process for some.
 */
export function postgresDriver({ uri, server }: Target, table: string, timeoutMs: number): Driver {
  return {
    shared: true,
    durability: 'process',
    lease: true,
    async connect(context) {
      const options = { connectionString: uri, connectionTimeoutMillis: timeoutMs }
      const client = await connectPostgres(options, context.onLost)
      context.signal.addEventListener('abort', client.end, { once: true })
      try {
        return await engineOf(client, `public."${table}"`, server, context)
      } catch (error) {
        client.end()
        throw error
      }
    },
  }
}

async function engineOf(
  { query: send, end }: PostgresClient,
  name: string,
  server: string,
  { readOnly, lease, onLost }: ConnectContext,
): Promise<Engine> {
  const query: Query = async (text, values) => {
    try {
      return await send(text, values)
    } catch (error) {
      if (codeOf(error) !== NO_TABLE) throw error
      // A read-only store must not create the table. Until another store does, it is empty.
      if (readOnly) return []
      // A table that was dropped is created again by the next connection.
      onLost(error)
      throw error
    }
  }
  const facts = await prepare(query, name, readOnly, server)
  const held: HeldLease | undefined = lease && (await takePostgresLease(query, name, lease, server, onLost))
  return {
    durability: facts.durability,
    ...statements({ name, query, held, isUtf8: facts.isUtf8 }),
    async beat() {
      if (held) await held.renew()
      else await checkRole(query, facts.isReadOnly, server)
    },
    async end() {
      try {
        await held?.release()
      } finally {
        end()
      }
    },
  }
}

interface Facts {
  readonly durability: Engine['durability']
  /** Whether the server refuses writes: it is a standby, or `default_transaction_read_only` is on. */
  readonly isReadOnly: boolean
  /** Whether the database can store any character. */
  readonly isUtf8: boolean
}

const ROLE = `current_setting('transaction_read_only') = 'on' AS "isReadOnly"`

async function prepare(query: Query, name: string, readOnly: boolean, server: string): Promise<Facts> {
  const about = `SELECT to_regclass($1) IS NOT NULL AS exists, ${ROLE},
    current_setting('server_encoding') AS encoding,
    current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on'
      AND current_setting('synchronous_commit') <> 'off' AS safe,
    COALESCE((SELECT relpersistence = 'p' FROM pg_class WHERE oid = to_regclass($1)), true) AS logged`
  const [facts] = await query(about, [name])
  const isReadOnly = facts?.isReadOnly === true
  if (isReadOnly && !readOnly) throw readOnlyServer(server)
  let exists = facts?.exists === true
  if (!exists && !readOnly) {
    await create(query, name)
    exists = true
  }
  if (exists) await checkTable(query, name, readOnly)
  const isSafe = facts?.safe === true && facts.logged === true
  return { durability: isSafe ? 'power' : 'process', isReadOnly, isUtf8: facts?.encoding === 'UTF8' }
}

function readOnlyServer(server: string): StoreError {
  return new StoreError(
    'STORE_READ_ONLY',
    `${server} does not accept writes now: it is a standby, or default_transaction_read_only is on.`,
    { context: { server } },
  )
}

/** Rejects when the server became a primary or a standby since the connection was made. */
async function checkRole(query: Query, wasReadOnly: boolean, server: string): Promise<void> {
  const [role] = await query(`SELECT ${ROLE}`)
  if (role?.isReadOnly === wasReadOnly) return
  throw new StoreError('STORE_UNAVAILABLE', `${server} accepts writes where it refused them, or the other way round.`, {
    context: { server },
  })
}

async function create(query: Query, name: string): Promise<void> {
  try {
    await query(`CREATE TABLE IF NOT EXISTS ${name} (key VARCHAR(255) PRIMARY KEY, value TEXT)`)
  } catch (error) {
    // When two connections create the table at once, one of them gets one of these errors, and the table exists.
    if (!['23505', '42P07', '42710'].includes(codeOf(error) ?? '')) throw error
  }
}
