import type { Engine } from '../engine.ts'
import { type Lease, leaseText, lostLease, olderCopy, takeLease } from '../lease.ts'
import { DELETE, RELEASE, RENAME, RENEW, SET, TAKE } from './redis-scripts.ts'

/** Sends one command. */
export type Send = <T>(...args: readonly string[]) => Promise<T>
type Reads = Pick<Engine, 'get' | 'pages'>
type Writes = Pick<Engine, 'set' | 'delete' | 'rename'>

const PAGE = '500'

/** The reading calls. `assertComplete` rejects while this server does not have all keys of the store. */
export function reads(send: Send, assertComplete: () => Promise<void> = async () => undefined): Reads {
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

/** The writing calls of a store with a lease, and the calls of the lease. `onLost` is called when it is not held any more. */
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
