import { createQueue } from '@sessionkeep/store-kit'
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
  // etcd carries out what is sent at once in any order, and an older record must not be written after a newer one.
  const inTurn = createQueue()
  /** Carries out transactions one after the other. */
  const change = (transactions: ReadonlyArray<readonly Operation[]>, signal?: AbortSignal) =>
    inTurn(async () => {
      for (const operations of transactions) {
        signal?.throwIfAborted()
        const success = operations.map(({ body }) => body)
        if (held) await held.change(success, signal)
        else
          await call(
            ({ kv }) => kv.txn({ compare: [], success, failure: [] }),
            async () => signal?.throwIfAborted(),
          )
      }
    })
  /** How many keys are read at once. The number becomes smaller when an answer is larger than the client accepts. */
  let mostKeys = MOST_OPERATIONS
  const read = async (keys: readonly string[]): Promise<Range[]> => {
    const success = keys.map((key) => ({ request_range: { key: Buffer.from(key) } }))
    const { responses } = await call(({ kv }) => kv.txn({ compare: [], success, failure: [] }))
    return responses.map(({ response_range }) => response_range)
  }
  /** The values that are stored; undefined for one that is too large. */
  const stored = async (keys: readonly string[], signal?: AbortSignal) => {
    const found = new Map<string, Buffer | undefined>()
    for (let at = 0; at < keys.length; ) {
      signal?.throwIfAborted()
      const some = keys.slice(at, at + mostKeys)
      try {
        for (const { key, value } of (await read(some)).flatMap(({ kvs }) => kvs)) found.set(String(key), value)
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
    async get(keys, signal) {
      const texts = new Map<string, string | undefined>()
      for (const [key, value] of await stored(keys, signal)) texts.set(key, value && textOf(value))
      return texts
    },
    set: (texts, signal) => change(portions([...texts].map(put)), signal),
    delete: (keys, signal) => change(portions(keys.map(remove)), signal),
    async rename(moves, signal) {
      const found = await stored([...moves.keys()], signal)
      // Moves are rare, and each must be atomic, so each is a transaction of its own.
      const each = [...moves].flatMap(([from, to]) => {
        const value = found.get(from)
        return value ? [[put([to, value]), remove(from)]] : []
      })
      await change(each, signal)
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

const decoder = new TextDecoder('utf-8', { fatal: true })

/** The text of a value; undefined if it is not UTF-8. */
function textOf(value: Buffer): string | undefined {
  try {
    return decoder.decode(value)
  } catch {
    return undefined
  }
}

const put = ([key, text]: readonly [string, string | Buffer]): Operation => {
  const value = typeof text === 'string' ? Buffer.from(text) : text
  return operation({ request_put: { key: Buffer.from(key), value } }, key, value.length)
}

const remove = (key: string): Operation => operation({ request_delete_range: { key: Buffer.from(key) } }, key)

function operation(body: object, key: string, bytes = 0): Operation {
  return { body, bytes: Buffer.byteLength(key) + bytes + 16 }
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
