import type { Engine } from '../engine.ts'
import { type Lease, leaseText, lostLease, olderCopy, takeLease } from '../lease.ts'
import { isIntact, MOST_BYTES, MOST_TEXT_BYTES } from './in-portions.ts'
import { DELETE, RELEASE, RENAME, RENEW, SET, TAKE } from './redis-scripts.ts'

/** Sends one command. */
export type Send = <T>(...args: readonly string[]) => Promise<T>
type Reads = Pick<Engine, 'get' | 'pages'>
type Writes = Pick<Engine, 'set' | 'delete' | 'rename'>

const PAGE = '500'

/** The reading calls. `assertComplete` rejects while this server does not have all keys of the store. */
export function reads(send: Send, assertComplete: () => Promise<void> = async () => undefined): Reads {
  const get: Reads['get'] = async (keys, signal) => {
    const sizes = await sizesOf(send, [...new Set(keys)])
    const found = new Map<string, string | undefined>()
    for (const [key, size] of sizes) if (size > MOST_TEXT_BYTES) found.set(key, undefined)
    const changed: string[] = []
    for (const some of portions(sizes)) {
      signal?.throwIfAborted()
      const texts = await send<Array<string | null>>('MGET', ...some)
      await Promise.all(
        some.map(async (key, index) => {
          const text = texts[index] ?? null
          const size = sizes.get(key) ?? 0
          const last = text === null || isIntact(text, size) ? text : await readAgain(send, { key, text, size }, signal)
          if (last === null) changed.push(key)
          else found.set(key, last)
        }),
      )
    }
    // A key that had a size and has no text was removed since, or has another type now.
    if (changed.length === 0) return found
    signal?.throwIfAborted()
    return new Map([...found, ...(await get(changed, signal))])
  }
  return {
    get,
    async *pages(prefix) {
      const pattern = `${prefix.replace(/[\\*?[\]]/g, '\\$&')}*`
      let cursor = '0'
      do {
        const [next, keys] = await send<[string, string[]]>('SCAN', cursor, 'MATCH', pattern, 'COUNT', PAGE)
        await assertComplete()
        yield keys
        cursor = String(next)
      } while (cursor !== '0')
    },
  }
}

/**
 * Returns the size of the text of each key that is there, in bytes. It is asked for before the texts, because a text of
 * hundreds of megabytes would end the connection, and no other record could be read. A key of another type counts as
 * infinitely large.
 */
async function sizesOf(send: Send, keys: readonly string[]): Promise<Map<string, number>> {
  const sizes = await Promise.all(keys.map((key) => sizeOf(send, key)))
  // An empty text has the same size as none.
  const empty = keys.filter((_, index) => sizes[index] === 0)
  const isThere = empty.length > 0 && (await send<number>('EXISTS', ...empty)) > 0
  const exists = isThere ? await Promise.all(empty.map((key) => send<number>('EXISTS', key))) : []
  const absent = new Set(empty.filter((_, index) => exists[index] !== 1))
  return new Map(keys.flatMap((key, index) => (absent.has(key) ? [] : [[key, sizes[index] ?? 0] as const])))
}

async function sizeOf(send: Send, key: string): Promise<number> {
  try {
    return await send<number>('STRLEN', key)
  } catch (error) {
    if (error instanceof Error && /^WRONGTYPE /.test(error.message)) return Number.POSITIVE_INFINITY
    throw error
  }
}

interface SizedText {
  readonly key: string
  readonly text: string
  readonly size: number
}

/**
 * Reads a text again whose size is another one, because it may have been written between the two questions.
 * Undefined: nothing has changed, so the text has bytes that are not UTF-8. Null: the key has no text by now.
 */
async function readAgain(send: Send, seen: SizedText, signal?: AbortSignal): Promise<string | undefined | null> {
  for (let last = seen; ; ) {
    signal?.throwIfAborted()
    const { key } = last
    const asked = [sizeOf(send, key), send<[string | null]>('MGET', key)] as const
    const [size, [text]] = await Promise.all(asked)
    if (text === null || isIntact(text, size)) return text
    if (text === last.text && size === last.size) return undefined
    last = { key, text, size }
  }
}

/** Splits the keys whose texts are small enough into portions. The texts of one portion have at most `MOST_BYTES` together. */
function* portions(sizes: ReadonlyMap<string, number>): Generator<string[]> {
  let some: string[] = []
  let bytes = 0
  for (const [key, size] of sizes) {
    if (size > MOST_TEXT_BYTES) continue
    if (some.length > 0 && bytes + size > MOST_BYTES) {
      yield some
      some = []
      bytes = 0
    }
    some.push(key)
    bytes += size
  }
  if (some.length > 0) yield some
}

/** The writing calls of a store that was opened without an owner, and therefore without a lease. */
export function plainWrites(send: Send): Writes {
  return {
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
  }
}

/** The writing calls of a store with a lease, and the calls of the lease. `onLost` is called when the lease is lost. */
export function leasedWrites(send: Send, lease: Lease, server: string, onLost: (error: Error) => void) {
  const run = <T>(script: string, keys: readonly string[], args: readonly string[] = []) =>
    send<T>('EVAL', script, String(keys.length + 1), lease.key, ...keys, lease.text, ...args)
  const ttl = String(lease.leaseMs)
  /** The number of changes that the server has counted under this lease. */
  let count = 0
  /** Runs a script that checks the lease first. */
  const fenced = async (script: string, keys: readonly string[], args: readonly string[] = []): Promise<void> => {
    const answer = await run<number | [held?: string]>(script, keys, [String(count), ttl, ...args])
    if (!Array.isArray(answer)) {
      count = Math.max(count, answer)
      return
    }
    const found = answer[0] == null ? undefined : leaseText(answer[0])
    const error = found === lease.text ? olderCopy(server) : lostLease(found, lease, server)
    onLost(error)
    throw error
  }
  const writes: Writes = {
    set: (texts) => fenced(SET, [...texts.keys()], [...texts.values()]),
    delete: (keys) => fenced(DELETE, keys),
    rename: (moves) => fenced(RENAME, [...moves].flat()),
  }
  return {
    writes,
    take: () =>
      takeLease(lease, server, async (old = '') => (await run<string | null>(TAKE, [], [ttl, old])) ?? undefined),
    renew: () => fenced(RENEW, []),
    release: () => run(RELEASE, [], [String(count)]),
  }
}
