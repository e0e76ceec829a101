import { importAdapter } from '../adapters.ts'
import { raceAbort } from '../race-abort.ts'
import type { HostAndPort, Target } from '../target.ts'
import type { Tls } from '../tls.ts'
import type { Send } from './redis-commands.ts'

/** The part of the client that is used here. */
export interface RedisClient {
  on(event: 'error' | 'end', listener: (error?: Error) => void): unknown
  connect(): Promise<unknown>
  destroy(): void
  sendCommand<T>(args: readonly string[]): Promise<T>
}
type CreateClient = (options: object) => RedisClient

/** Who logs in, and how, on each server that is asked. */
export interface RedisAccess {
  readonly user: string | undefined
  readonly password: string | undefined
  readonly database: number
  /** Undefined: without TLS. */
  readonly tls: Tls | undefined
  readonly timeoutMs: number
}

/** The login of a target. */
export function accessOf(target: Target, tls: Tls, timeoutMs: number): RedisAccess {
  const { scheme, user, password, path } = target
  const database = Number((scheme.endsWith('+sentinel') ? path.split('/')[1] : path) || 0)
  return { user, password, database, tls: /^(rediss|valkeys)\b/.test(scheme) ? tls : undefined, timeoutMs }
}

/** Makes a client that connects once and never again by itself. */
export async function redisClient({ host, port }: HostAndPort, access: RedisAccess): Promise<RedisClient> {
  const { createClient } = await importAdapter('@redis/client')
  const { user, password, database, tls, timeoutMs } = access
  // Without the offline queue, a call fails while the server is away, instead of waiting for it.
  return (createClient as CreateClient)({
    ...{ username: user, password, database, disableOfflineQueue: true },
    socket: {
      ...{ host, port, reconnectStrategy: false, connectTimeout: timeoutMs },
      ...(tls && { tls: true, ...tls }),
    },
  })
}

/** Asks one server, with a connection that is closed afterwards. Rejects after the time-out of the access. */
export async function askServer<T>(
  place: HostAndPort,
  access: RedisAccess,
  ask: (send: Send) => Promise<T>,
): Promise<T> {
  const client = await redisClient(place, access)
  let fault: Error | undefined
  client.on('error', (error) => {
    fault ??= error
  })
  const answer = async () => {
    await client.connect()
    return await ask((...args) => client.sendCommand(args))
  }
  try {
    return await raceAbort(AbortSignal.timeout(access.timeoutMs), answer())
  } catch (error) {
    throw fault ?? error
  } finally {
    client.destroy()
  }
}
