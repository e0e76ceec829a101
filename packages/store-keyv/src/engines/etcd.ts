import { requireClient } from '../adapters.ts'
import type { Driver, Engine } from '../engine.ts'
import type { Target } from '../target.ts'

interface Pair {
  readonly key: Buffer
  readonly value: Buffer
}
interface Range {
  readonly kvs: readonly Pair[]
  readonly more: boolean
}
interface EtcdClient {
  readonly kv: {
    range(request: object): Promise<Range>
    txn(request: object): Promise<{ responses: ReadonlyArray<{ response_range: Range }> }>
  }
  close(): void
}
interface Etcd {
  readonly Etcd3: new (options: object) => EtcdClient
}
interface Operation {
  readonly body: object
  readonly bytes: number
}

const PAGE = 500
// etcd limits a transaction to 128 operations and 1.5 MiB.
const MOST_OPERATIONS = 128
const MOST_BYTES = 1_000_000

/**
 * Uses the client that @keyv/etcd depends on. One transaction carries up to 128 records, where the adapter itself
 * sends each separately.
 */
export function etcdDriver({ uri, user, password }: Target, timeoutMs: number): Driver {
  return {
    shared: true,
    durability: 'power',
    maxBytes: MOST_BYTES - 1000,
    async connect({ signal, onLost, probe }) {
      const { Etcd3 } = requireClient('@keyv/etcd', 'etcd3') as Etcd
      const hosts = uri
        .replace(/^etcd:\/\/([^@]*@)?/, '')
        .replace(/\/$/, '')
        .split(',')
      const deadline = () => ({ deadline: Date.now() + timeoutMs })
      const client = new Etcd3({
        hosts: hosts.map((host) => (/:\d+$/.test(host) ? host : `${host}:2379`)),
        dialTimeout: timeoutMs,
        defaultCallOptions: deadline,
        faultHandling: { host: () => once, global: once },
        ...(user === undefined ? {} : { auth: { username: user, password: password ?? '', callOptions: deadline } }),
      })
      let isOver = false
      const end = () => {
        onLost()
        if (!isOver) client.close()
        isOver = true
      }
      signal.addEventListener('abort', end, { once: true })
      try {
        const engine = operations(client.kv, end)
        const beat = async () => {
          await engine.get([probe])
        }
        await beat()
        return { ...engine, beat, end: async () => end() }
      } catch (error) {
        end()
        throw error
      }
    },
  }
}

/**
 * Disables the retries and circuit breaker of the client; both belong to the caller. The object has the shape of the
 * policies that the client accepts.
 */
const once = { execute: <T>(task: (context: object) => T) => task({ signal: new AbortController().signal }) }

function operations(kv: EtcdClient['kv'], lose: () => void): Omit<Engine, 'beat' | 'end'> {
  const sent = <T>(call: Promise<T>) =>
    call.catch((error: unknown) => {
      lose()
      throw error
    })
  const run = async (all: readonly Operation[]) => {
    const answers: Range[] = []
    for (const some of portions(all)) {
      const { responses } = await sent(kv.txn({ compare: [], success: some.map(({ body }) => body), failure: [] }))
      answers.push(...responses.map(({ response_range }) => response_range))
    }
    return answers
  }
  const get = async (keys: readonly string[]) => {
    const ranges = await run(keys.map((key) => operation({ request_range: { key: Buffer.from(key) } }, key)))
    return new Map(ranges.flatMap(({ kvs }) => kvs).map(({ key, value }) => [String(key), String(value)]))
  }
  return {
    durability: 'power',
    get,
    async set(texts) {
      await run([...texts].map(put))
    },
    async delete(keys) {
      await run(keys.map(remove))
    },
    async rename(moves) {
      const found = await get([...moves.keys()])
      // Moves are rare, and each must be atomic, so each is a transaction of its own.
      for (const [from, to] of moves) {
        const text = found.get(from)
        if (text === undefined) continue
        await sent(kv.txn({ compare: [], success: [put([to, text]).body, remove(from).body], failure: [] }))
      }
    },
    async *pages(prefix) {
      const range_end = Buffer.from(`${prefix.slice(0, -1)};`)
      let key = Buffer.from(prefix)
      for (;;) {
        const { kvs, more } = await sent(kv.range({ key, range_end, limit: PAGE, keys_only: true }))
        yield kvs.map((pair) => String(pair.key))
        const last = kvs.at(-1)
        if (!more || !last) return
        key = Buffer.concat([last.key, Buffer.from([0])])
      }
    },
  }
}

const put = ([key, text]: readonly [string, string]): Operation =>
  operation({ request_put: { key: Buffer.from(key), value: Buffer.from(text) } }, key + text)

const remove = (key: string): Operation => operation({ request_delete_range: { key: Buffer.from(key) } }, key)

function operation(body: object, text: string): Operation {
  return { body, bytes: Buffer.byteLength(text) + 16 }
}

function portions(all: readonly Operation[]): Operation[][] {
  const portions: Operation[][] = []
  let bytes = 0
  for (const one of all) {
    const last = portions.at(-1)
    bytes += one.bytes
    if (last && last.length < MOST_OPERATIONS && bytes <= MOST_BYTES) last.push(one)
    else {
      portions.push([one])
      bytes = one.bytes
    }
  }
  return portions
}
