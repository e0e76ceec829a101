import { messageOf, StoreError } from '@sessionkeep/contracts'
import type { HostAndPort, Target } from '../target.ts'
import { askServer, type RedisAccess } from './redis-client.ts'

const REDIS_PORT = 6379
const SENTINEL_PORT = 26_379
/** How long one server is waited for before the next is asked, ms. */
const LOOKUP_MS = 1000

/** Finds the server that has the records now. Called for each connection, because a failover may have moved the records. */
export type Lookup = (probe: string, access: RedisAccess) => Promise<HostAndPort>

/**
 * Returns how the server of a target is found: the host of the URI itself, the master that the sentinels name, or the
 * node of a cluster that serves the slot of this store. One connection to that server is enough, because all keys of a
 * store are in one slot. The nodes of a cluster are remembered, and asked by a later lookup when no host of the URI answers.
 */
export function lookupOf({ scheme, hosts, path }: Target, sentinelPassword: string | undefined): Lookup {
  const brief = (access: RedisAccess) => ({ ...access, timeoutMs: Math.min(LOOKUP_MS, access.timeoutMs) })
  if (scheme.endsWith('+sentinel')) {
    const name = path.split('/')[0] ?? ''
    const login = { user: undefined, password: sentinelPassword, database: 0 }
    return (_, access) => masterOf(name, hosts, { ...brief(access), ...login })
  }
  if (scheme.endsWith('+cluster')) {
    let known = hosts
    return async (probe, access) => {
      const { node, all } = await nodeOf(probe, known, brief(access))
      known = [...hosts, ...all]
      return node
    }
  }
  const [{ host = 'localhost', port = undefined } = {}] = hosts
  return async () => ({ host, port: port ?? REDIS_PORT })
}

async function masterOf(name: string, sentinels: readonly HostAndPort[], access: RedisAccess): Promise<HostAndPort> {
  return await firstAnswer(sentinels, SENTINEL_PORT, async (place) => {
    const found = await askServer(place, access, (send) =>
      send<[string, string] | null>('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name),
    )
    if (found) return { host: found[0], port: Number(found[1]) }
    throw new StoreError('STORE_MISCONFIGURED', `The sentinels know no master with the name ${JSON.stringify(name)}.`)
  })
}

type SlotRange = readonly [from: number, to: number, master: readonly [host: string | null, port: number]]

async function nodeOf(probe: string, seeds: readonly HostAndPort[], access: RedisAccess) {
  return await firstAnswer(seeds, REDIS_PORT, async (place) => {
    const [slot, ranges] = await askServer(place, access, async (send) => [
      await send<number>('CLUSTER', 'KEYSLOT', probe),
      await send<readonly SlotRange[]>('CLUSTER', 'SLOTS'),
    ])
    // A node that does not know its own address leaves it out.
    const all = ranges.map(([, , [host, port]]): HostAndPort => ({ host: host || place.host, port: Number(port) }))
    const node = all[ranges.findIndex(([from, to]) => Number(from) <= slot && slot <= Number(to))]
    if (node) return { node, all }
    throw new Error(`no node of the cluster serves the slot ${slot}`)
  })
}

/** Asks one server after the other. Returns the first answer. */
async function firstAnswer<T>(
  places: readonly HostAndPort[],
  defaultPort: number,
  ask: (place: HostAndPort) => Promise<T>,
): Promise<T> {
  const failures: unknown[] = []
  for (const { host, port } of places) {
    try {
      return await ask({ host, port: port ?? defaultPort })
    } catch (error) {
      failures.push(error)
    }
  }
  const decisive = failures.find((error) => error instanceof StoreError)
  if (decisive) throw decisive
  throw Object.assign(new Error(failures.map(messageOf).join('; ')), { errors: failures })
}
