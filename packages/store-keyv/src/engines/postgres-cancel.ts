import { connect } from 'node:net'

/** What the server needs to know to cancel the statement of a connection; the names are those of `pg`. */
export interface CancelKey {
  readonly host: string
  readonly port: number
  /** Null until the connection is made. */
  readonly processID: number | null
  readonly secretKey: number | null
}

/** The number that the protocol of Postgres gives to this request. */
const CANCEL = 80877102
const TIMEOUT_MS = 2000

/**
 * Asks the server to end the statement that a connection is running, before that connection is closed. A statement that
 * waits for the lock of a table does not notice that its client has gone. So each attempt to connect would leave one more
 * waiting statement, until the server has no connection left for anybody. Nobody waits for the answer, and nothing depends
 * on it.
 */
export function cancelStatement({ host, port, processID, secretKey }: CancelKey): void {
  if (processID === null || secretKey === null) return
  const request = Buffer.alloc(16)
  for (const [at, number] of [request.length, CANCEL, processID, secretKey].entries())
    request.writeInt32BE(number, at * 4)
  const socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host)
  socket.on('error', () => undefined)
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy())
  socket.unref()
  socket.end(request)
}
