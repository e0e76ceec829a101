import { codeOf, StoreError } from '@sessionkeep/contracts'
import { requireDriver } from '../adapters.ts'
import { type CancelKey, cancelStatement } from './postgres-cancel.ts'
import { guardMessages } from './postgres-guard.ts'
import type { Query, Row } from './postgres-table.ts'

interface PgConnection {
  readonly stream: { destroy(): void }
  attachListeners?: ((stream: PgStream) => void) | undefined
}
interface PgStream {
  on(event: string, listener: (chunk: Buffer) => void): unknown
}
interface PgClient extends CancelKey {
  connect(): Promise<unknown>
  query(text: string, values?: readonly unknown[]): Promise<{ rows: Row[] }>
  on(event: 'error' | 'end', listener: (error?: Error) => void): unknown
  readonly connection: PgConnection
}
interface Pg {
  readonly Client: new (options: object) => PgClient
}

/** One connection to one server. */
export interface PostgresClient {
  /** Runs a statement after those that were given earlier. */
  readonly query: Query
  /** Ends the connection at once. */
  end(): void
}

/** The code of a write that the server refuses because it is read-only: it became a standby, or an operator made it so. */
const READ_ONLY = '25006'

/**
 * Connects with the options of `pg`. `onLost` is called once when the connection ends, with the reason if it is known.
 *
 * @throws `STORE_MISCONFIGURED` if `pg` is not installed, or its messages cannot be checked
 */
export async function connectPostgres(
  options: Readonly<Record<string, unknown>>,
  onLost: (error?: unknown) => void,
): Promise<PostgresClient> {
  const { Client } = requireDriver('pg') as Pg
  const client = new Client({ keepAlive: true, ...options })
  let fault: unknown
  let isOver = false
  let isRunning = false
  const lose = (error?: unknown) => {
    fault ??= error
    if (!isOver && isRunning) cancelStatement(client)
    if (!isOver) onLost(fault)
    isOver = true
    client.connection.stream.destroy()
  }
  client.on('error', lose)
  client.on('end', () => lose())
  guard(client.connection, lose)
  try {
    await client.connect()
  } catch (error) {
    lose(error)
    // Ending the connection also makes connect() reject. The first fault is the real reason.
    throw fault
  }
  let tail: Promise<unknown> = Promise.resolve()
  const idle = () => {
    isRunning = false
  }
  return {
    async query(text, values = []) {
      // Queries run one after the other, because the client deprecates a query while another is running.
      const answer = tail.then(() => {
        isRunning = true
        return client.query(text, values)
      })
      tail = answer.then(idle, idle)
      try {
        return (await answer).rows
      } catch (error) {
        if (codeOf(error) === READ_ONLY) lose(error)
        throw fault ?? error
      }
    },
    end: () => lose(),
  }
}

/** Checks each message before the client reads it. */
function guard(connection: PgConnection, refuse: (error: unknown) => void): void {
  const { attachListeners } = connection
  if (typeof attachListeners !== 'function') {
    throw new StoreError(
      'STORE_MISCONFIGURED',
      'The messages of a server cannot be checked with the installed version of pg. Install pg 8.',
      { context: { package: 'pg' } },
    )
  }
  connection.attachListeners = (stream) => {
    attachListeners.call(connection, {
      on(event, listener) {
        return stream.on(event, event === 'data' ? guardMessages(listener, refuse) : listener)
      },
    })
  }
}
