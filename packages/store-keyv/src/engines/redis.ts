import { importAdapter } from '../adapters.ts'
import type { ConnectContext, Driver, Engine } from '../engine.ts'
import type { Target } from '../target.ts'

interface RedisClient {
  readonly isReady: boolean
  on(event: 'error' | 'end', listener: (error?: Error) => void): unknown
  connect(): Promise<unknown>
  destroy(): void
  sendCommand<T>(args: readonly string[]): Promise<T>
}
type CreateClient = (options: object) => RedisClient

const PAGE = '500'

/**
 * Uses the client that @keyv/redis depends on, for Redis and Valkey. Batches are MGET, MSET and DEL, where the
 * adapter itself sends single commands.
 */
export function redisDriver({ uri }: Target, timeoutMs: number): Driver {
  return {
    shared: true,
    durability: 'process',
    replaceable: true,
    async connect(context) {
      const { createClient } = await importAdapter('@keyv/redis')
      context.signal.throwIfAborted()
      // With the offline queue disabled, a call fails while the server is away instead of waiting for it.
      const client = (createClient as CreateClient)({
        url: uri,
        disableOfflineQueue: true,
        socket: { reconnectStrategy: false, connectTimeout: timeoutMs },
      })
      return await engineOf(client, context)
    },
  }
}

async function engineOf(client: RedisClient, { signal, onLost, readOnly, probe }: ConnectContext): Promise<Engine> {
  let isOver = false
  const end = () => {
    onLost()
    if (isOver) return
    isOver = true
    client.destroy()
  }
  let fault: Error | undefined
  client.on('error', (error) => {
    fault ??= error
    end()
  })
  client.on('end', onLost)
  signal.addEventListener('abort', end, { once: true })
  const send = <T>(...args: readonly string[]) => client.sendCommand<T>(args)
  try {
    await client.connect()
    await tryRights(send, probe, readOnly)
    return { durability: await askDurability(send), ...operations(send), end: async () => end() }
  } catch (error) {
    end()
    // Ending the client makes connect() reject with that. The first fault is the real reason.
    throw fault ?? error
  }
}

type Send = <T>(...args: readonly string[]) => Promise<T>

/**
 * Sends each command once with a key that no record has, so that a user without the right to one of them gets an
 * error when the store is opened.
 */
async function tryRights(send: Send, probe: string, readOnly: boolean): Promise<void> {
  await Promise.all([send('MGET', probe), send('EXISTS', probe), send('TYPE', probe), send('SCAN', '0', 'COUNT', '1')])
  if (readOnly) return
  const writes = await Promise.allSettled([send('MSET', probe, ''), send('DEL', probe)])
  // A server that is full or a replica can still be read. A write that fails later reports it then.
  const denied = writes.flatMap((write) => (write.status === 'rejected' ? [write.reason] : []))
  const refused = denied.find((error) => error instanceof Error && error.message.startsWith('NOPERM'))
  if (refused) throw refused
}

function operations(send: Send): Omit<Engine, 'durability' | 'end'> {
  return {
    async get(keys) {
      const [texts, present] = await Promise.all([
        send<Array<string | null>>('MGET', ...keys),
        send<number>('EXISTS', ...new Set(keys)),
      ])
      const found = new Map(keys.flatMap((key, index) => (texts[index] == null ? [] : [[key, texts[index]] as const])))
      // MGET returns nil for a key of another type. Only in this case is the type of each key read.
      const rest = found.size === present ? [] : keys.filter((key) => !found.has(key))
      const types = await Promise.all(rest.map((key) => send<string>('TYPE', key)))
      const foreign = rest.flatMap((key, index) =>
        types[index] === 'none' || types[index] === 'string' ? [] : [[key, undefined] as const],
      )
      return new Map<string, string | undefined>([...found, ...foreign])
    },
    set: async (texts) => {
      await send('MSET', ...[...texts].flat())
    },
    delete: async (keys) => {
      await send('DEL', ...keys)
    },
    async rename(moves) {
      await Promise.all(
        [...moves].map(([from, to]) =>
          send('RENAME', from, to).catch((error: unknown) => {
            if (!(error instanceof Error && /no such key/i.test(error.message))) throw error
          }),
        ),
      )
    },
    async *pages(prefix) {
      const pattern = `${prefix.replace(/[\\*?[\]]/g, '\\$&')}*`
      let cursor = '0'
      do {
        const [next, keys] = await send<[string, string[]]>('SCAN', cursor, 'MATCH', pattern, 'COUNT', PAGE)
        yield keys
        cursor = String(next)
      } while (cursor !== '0')
    },
  }
}

async function askDurability(send: <T>(...args: readonly string[]) => Promise<T>): Promise<Engine['durability']> {
  const ask = (name: string) => send<string[]>('CONFIG', 'GET', name).then((answer) => answer[1])
  try {
    const [log, sync, pause] = await Promise.all(['appendonly', 'appendfsync', 'no-appendfsync-on-rewrite'].map(ask))
    return log === 'yes' && sync === 'always' && pause === 'no' ? 'power' : 'process'
  } catch (error) {
    // Hosted servers forbid this command. An unknown setting counts as the weaker one.
    if (error instanceof Error && /^(NOPERM|ERR) /.test(error.message)) return 'process'
    throw error
  }
}
