import type { Engine } from '../engine.ts'
import type { HeldLease } from './etcd-lease.ts'
import type { Members, Range } from './etcd-members.ts'

interface Operation {
  readonly body: object
  readonly bytes: number
}

const PAGE = 500
// etcd limits a transaction to 128 operations and 1.5 MiB.
const MOST_OPERATIONS = 128
/** The most bytes that one transaction writes. */
export const MOST_BYTES = 1_000_000

/** The operations on the keys; a change is one transaction for each portion. */
export function operations(
  { call }: Members,
  held: HeldLease | undefined,
): Pick<Engine, 'get' | 'set' | 'delete' | 'rename' | 'pages'> {
  const change = async (all: readonly Operation[]) => {
    for (const portion of portions(all)) {
      const success = portion.map(({ body }) => body)
      if (held) await held.change(success)
      else await call(({ kv }) => kv.txn({ compare: [], success, failure: [] }))
    }
  }
  /** How many keys are read at once. The number becomes smaller when an answer is larger than the client accepts. */
  let mostKeys = MOST_OPERATIONS
  const read = async (keys: readonly string[]): Promise<Range[]> => {
    const success = keys.map((key) => ({ request_range: { key: Buffer.from(key) } }))
    const { responses } = await call(({ kv }) => kv.txn({ compare: [], success, failure: [] }))
    return responses.map(({ response_range }) => response_range)
  }
  const get = async (keys: readonly string[]) => {
    const found = new Map<string, string | undefined>()
    for (let at = 0; at < keys.length; ) {
      const some = keys.slice(at, at + mostKeys)
      try {
        for (const { key, value } of (await read(some)).flatMap(({ kvs }) => kvs)) found.set(String(key), String(value))
      } catch (error) {
        if (!isTooLarge(error)) throw error
        if (some.length > 1) {
          mostKeys = Math.ceil(some.length / 2)
          continue
        }
        // This text alone is larger than any record.
        for (const key of some) found.set(key, undefined)
      }
      at += some.length
    }
    return found
  }
  return {
    get,
    async set(texts) {
      await change([...texts].map(put))
    },
    async delete(keys) {
      await change(keys.map(remove))
    },
    async rename(moves) {
      const found = await get([...moves.keys()])
      // Moves are rare, and each must be atomic, so each is a transaction of its own.
      for (const [from, to] of moves) {
        const text = found.get(from)
        if (text === undefined) continue
        const success = [put([to, text]).body, remove(from).body]
        if (held) await held.change(success)
        else await call(({ kv }) => kv.txn({ compare: [], success, failure: [] }))
      }
    },
    async *pages(prefix) {
      const range_end = Buffer.from(`${prefix.slice(0, -1)};`)
      let key = Buffer.from(prefix)
      for (;;) {
        const { kvs, more } = await call(({ kv }) => kv.range({ key, range_end, limit: PAGE, keys_only: true }))
        yield kvs.map((pair) => String(pair.key))
        const last = kvs.at(-1)
        if (!more || !last) return
        key = Buffer.concat([last.key, Buffer.from([0])])
      }
    },
  }
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && /Received message larger than max/i.test(error.message)
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
