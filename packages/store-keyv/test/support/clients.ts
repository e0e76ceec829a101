import { createRequire } from 'node:module'

/** A separate connection of the test to the backend, beside the store. */
export interface Raw {
  send(command: string, ...args: readonly unknown[]): Promise<unknown>
  end(): Promise<void>
}

interface RedisClient {
  on(event: 'error', listener: () => void): unknown
  connect(): Promise<unknown>
  sendCommand(args: readonly string[]): Promise<unknown>
  destroy(): void
}
interface PgClient {
  on(event: 'error', listener: () => void): unknown
  connect(): Promise<unknown>
  query(text: string, values?: readonly unknown[]): Promise<{ rows: unknown[] }>
  end(): Promise<void>
}

const require = createRequire(import.meta.url)
const quiet = () => undefined

export const client = {
  async redis(url: string, question: readonly string[] = ['EXISTS', 'sessionkeep']): Promise<Raw> {
    const { createClient } = require('@redis/client') as { createClient(options: object): RedisClient }
    const redis = createClient({ url, socket: { reconnectStrategy: false, connectTimeout: 60_000 } })
    redis.on('error', quiet)
    await redis.connect()
    // The server reports that it is loading until it has read its file.
    await redis.sendCommand(question)
    return {
      send: (command, ...args) => redis.sendCommand([command, ...args.map(String)]),
      end: async () => redis.destroy(),
    }
  },
  async postgres(connectionString: string): Promise<Raw> {
    const { Client } = require('pg') as { Client: new (options: object) => PgClient }
    const pg = new Client({ connectionString })
    pg.on('error', quiet)
    await pg.connect()
    return { send: async (text, ...values) => (await pg.query(text, values)).rows, end: () => pg.end() }
  },
  async etcd(uri: string): Promise<Raw> {
    const { Etcd3 } = require('etcd3') as {
      Etcd3: new (
        options: object,
      ) => {
        close(): void
        put(key: string): { value(text: unknown): Promise<unknown> }
        get(key: string): Promise<unknown>
        delete(): { key(key: string): Promise<unknown> }
      }
    }
    const etcd = new Etcd3({ hosts: uri.replace('etcd://', ''), dialTimeout: 1000 })
    const end = async () => etcd.close()
    try {
      await etcd.get('sessionkeep')
    } catch (error) {
      await end()
      throw error
    }
    const send: Raw['send'] = async (key, value) => {
      if (value === undefined) return await etcd.get(key)
      return await (value === null ? etcd.delete().key(key) : etcd.put(key).value(value))
    }
    return { send, end }
  },
}
