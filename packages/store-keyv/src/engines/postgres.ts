import { codeOf, messageOf, StoreError } from '@sessionkeep/contracts'
import type { ConnectContext, Driver, Engine } from '../engine.ts'
import { tableAway } from '../errors.ts'
import { onAbort } from '../race-abort.ts'
import type { Target } from '../target.ts'
import type { Tls } from '../tls.ts'
import { connectPostgres, type PostgresClient } from './postgres-client.ts'
import { hostUris, type WantedRole, wantedRoles } from './postgres-hosts.ts'
import { type HeldLease, takePostgresLease } from './postgres-lease.ts'
import { statements } from './postgres-statements.ts'
import { checkTable, NO_TABLE, type Query } from './postgres-table.ts'
import { tlsOptions } from './postgres-tls.ts'

/** The parameters of {@link postgresDriver}. */
export interface PostgresOptions {
  readonly schema: string
  readonly table: string
  readonly timeoutMs: number
  /** Reads the files of certificates and keys. */
  readonly tls: () => Promise<Tls>
}

/**
 * Uses `pg`, and the table that the adapter of Keyv would create. Every message of the server is checked before `pg`
 * reads it, because some messages would make `pg` end the process. Of several hosts, this uses the first that can be reached
 * and has the wanted role.
 */
export function postgresDriver(target: Target, { schema, table, timeoutMs, tls }: PostgresOptions): Driver {
  const uris = hostUris(target)
  const name = `"${schema}"."${table}"`
  const seen = { table: false }
  return {
    shared: true,
    durability: 'process',
    lease: true,
    async connect(context) {
      const options = {
        connectionTimeoutMillis: Math.max(1, Math.floor(timeoutMs / uris.length)),
        ssl: tlsOptions(await tls()),
      }
      const place = {
        name,
        seen,
        server: target.server,
        rowLockMs: Math.max(1, Math.ceil(timeoutMs / MOST_LOCK_WAITS)),
      }
      const roles = wantedRoles(target, context.readOnly)
      const attempts = roles.flatMap((role) => uris.map((connectionString) => ({ role, connectionString })))
      const errors: unknown[] = []
      for (const { role, connectionString } of attempts) {
        context.signal.throwIfAborted()
        try {
          return await connectTo({ ...options, connectionString }, { ...place, role }, context)
        } catch (error) {
          // Another host cannot help when another writer holds the lease, or a person has to correct something.
          if (codeOf(error) === 'STORE_LOCKED' || codeOf(error) === 'STORE_MISCONFIGURED') throw error
          errors.push(error)
        }
      }
      // The most useful error is that a server was reached and can only be read.
      throw errors.find((error) => codeOf(error) === 'STORE_READ_ONLY') ?? errors[0]
    },
  }
}

interface Place {
  readonly name: string
  /** Whether any connection of this store has found the table. Then the records may be away with it. */
  readonly seen: { table: boolean }
  readonly role: WantedRole
  readonly server: string
  readonly rowLockMs: number
}

/** A batch with one locked row is halved until that row is alone. Each half that has it waits once, within one call. */
const MOST_LOCK_WAITS = 20

/** Connects to one host. If the connection is lost before it is used, only this attempt fails. */
async function connectTo(
  options: Readonly<Record<string, unknown>>,
  place: Place,
  context: ConnectContext,
): Promise<Engine> {
  let isUsed = false
  let lost: { readonly reason: unknown } | undefined
  const onLost = (reason?: unknown) => {
    lost ??= { reason }
    if (isUsed) context.onLost(reason)
  }
  const client = await connectPostgres(options, onLost)
  onAbort(context.signal, client.end)
  try {
    const engine = await engineOf(client, place, { ...context, onLost })
    if (lost) throw lost.reason ?? new Error('the server closed the connection')
    isUsed = true
    return engine
  } catch (error) {
    client.end()
    throw error
  }
}

async function engineOf(
  { query: send, end }: PostgresClient,
  { name, seen, role, server, rowLockMs }: Place,
  { readOnly, lease, onLost }: ConnectContext,
): Promise<Engine> {
  // A trigger may lack a table of its own, whose name has this one in it. The language of the words around the name may be any.
  const isAway = new RegExp(`(?<![\\w$.-])${name.replaceAll('"', '').replace(/[^\w]/g, '\\$&')}(?![\\w$.-])`)
  const query: Query = async (text, values) => {
    try {
      const rows = await send(text, values)
      seen.table ||= text.includes(name)
      return rows
    } catch (error) {
      if (codeOf(error) !== NO_TABLE || !isAway.test(messageOf(error))) throw error
      // A read-only store must not create the table. The store is empty until another one creates it.
      if (readOnly && !seen.table) return []
      // The next connection of a writer creates the table again.
      const reason = readOnly ? tableAway(name, server) : error
      onLost(reason)
      throw reason
    }
  }
  const facts = await factsOf(query, name)
  if (role === facts.isReadOnly) throw wrongRole(role, server)
  if (readOnly && seen.table && !facts.exists) throw tableAway(name, server)
  seen.table ||= facts.exists
  if (!readOnly && !facts.exists) await create(query, name)
  if (!readOnly || facts.exists) await checkTable(query, name, readOnly)
  const held: HeldLease | undefined = lease && (await takePostgresLease(query, name, lease, server, onLost))
  return {
    durability: facts.durability,
    ...statements({ name, query, held, isUtf8: facts.isUtf8, rowLockMs }),
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
  /** Whether the table exists. */
  readonly exists: boolean
  readonly durability: Engine['durability']
  /** Whether the server refuses writes: it is a standby, or `default_transaction_read_only` is on. */
  readonly isReadOnly: boolean
  /** Whether the database can store any character. */
  readonly isUtf8: boolean
}

const ROLE = `current_setting('transaction_read_only') = 'on' AS "isReadOnly"`

async function factsOf(query: Query, name: string): Promise<Facts> {
  const [facts] = await query(
    `SELECT to_regclass($1) IS NOT NULL AS exists, ${ROLE}, current_setting('server_encoding') AS encoding,
      current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on'
        AND current_setting('synchronous_commit') <> 'off' AS safe,
      COALESCE((SELECT relpersistence = 'p' FROM pg_class WHERE oid = to_regclass($1)), true) AS logged`,
    [name],
  )
  return {
    exists: facts?.exists === true,
    durability: facts?.safe === true && facts.logged === true ? 'power' : 'process',
    isReadOnly: facts?.isReadOnly === true,
    isUtf8: facts?.encoding === 'UTF8',
  }
}

function wrongRole(isWritable: boolean, server: string): StoreError {
  const why = isWritable
    ? 'does not accept writes now: it is a standby, or default_transaction_read_only is on'
    : 'accepts writes, and the URI asks for a server that does not'
  const code = isWritable ? 'STORE_READ_ONLY' : 'STORE_UNAVAILABLE'
  return new StoreError(code, `${server} ${why}.`, { context: { server } })
}

/** Rejects when the server became a primary or a standby since the connection was made. */
async function checkRole(query: Query, wasReadOnly: boolean, server: string): Promise<void> {
  const [role] = await query(`SELECT ${ROLE}`)
  if (role?.isReadOnly === wasReadOnly) return
  const change = wasReadOnly ? 'accepts writes now, and did not before' : 'does not accept writes any more'
  throw new StoreError('STORE_UNAVAILABLE', `${server} ${change}.`, { context: { server } })
}

async function create(query: Query, name: string): Promise<void> {
  try {
    await query(`CREATE TABLE IF NOT EXISTS ${name} (key VARCHAR(255) PRIMARY KEY, value TEXT)`)
  } catch (error) {
    // When two connections create the table at once, one of them gets one of these errors, and the table exists.
    if (!['23505', '42P07', '42710'].includes(codeOf(error) ?? '')) throw error
  }
}
