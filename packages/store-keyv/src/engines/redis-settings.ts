import { StoreError } from '@sessionkeep/contracts'
import type { Engine } from '../engine.ts'
import type { Target } from '../target.ts'
import type { Send } from './redis-commands.ts'

/**
 * Reads the settings from which the durability follows. Hosted servers forbid CONFIG, and some forbid INFO. A setting that
 * this user may not read counts as the weakest.
 *
 * @param hasLease - whether this store has a lease, which is its only key that expires
 */
export async function readSettings(send: Send, hasLease: boolean): Promise<Pick<Engine, 'durability' | 'warnings'>> {
  const config = async (name: string) => (await allowed(send<string[]>('CONFIG', 'GET', name)))?.[1]
  const [log, sync, pause, memory] = await Promise.all([
    ...['appendonly', 'appendfsync', 'no-appendfsync-on-rewrite'].map(config),
    allowed(send<string>('INFO', 'memory')),
  ])
  const policy = fieldOf(memory, 'maxmemory_policy') ?? (await config('maxmemory-policy'))
  const limit = fieldOf(memory, 'maxmemory') ?? (await config('maxmemory'))
  if (policy?.startsWith('allkeys-') && limit !== '0') {
    const warning = `This Redis removes any key when its memory is full (maxmemory-policy ${policy}), also records that were saved. Set maxmemory-policy to noeviction, or use a Redis of its own for sessions.`
    return { durability: 'none', warnings: [warning] }
  }
  if (policy === undefined && limit !== '0') {
    const warning = `This Redis answers neither INFO nor CONFIG GET to this user, so it may remove records that were saved when its memory is full. Allow the user +info, or ask the operator for maxmemory-policy noeviction.`
    return { durability: 'none', warnings: [warning] }
  }
  const warnings =
    hasLease && policy?.startsWith('volatile-') && limit !== '0'
      ? [
          `This Redis removes keys that expire when its memory is full (maxmemory-policy ${policy}). The lease of this store is such a key: without it, another gateway with the same poolId can take over from one that works. Set maxmemory-policy to noeviction, or use a Redis of its own for sessions.`,
        ]
      : []
  return { warnings, durability: log === 'yes' && sync === 'always' && pause === 'no' ? 'power' : 'process' }
}

/**
 * Refuses a server that is not what the URI says: a node of a cluster behind the URI of a single server, or a replica
 * that a sentinel still names as master.
 */
export async function assertRole(send: Send, { scheme }: Target): Promise<void> {
  if (scheme.endsWith('+sentinel')) {
    const [role] = (await allowed(send<[string]>('ROLE'))) ?? ['master']
    if (role !== 'master') throw new Error(`the sentinels name a server as master that is a ${role}`)
  }
  if (scheme.endsWith('+cluster')) return
  const info = await allowed(send<string>('INFO', 'cluster'))
  if (fieldOf(info, 'cluster_enabled') !== '1') return
  throw new StoreError(
    'STORE_MISCONFIGURED',
    'This is a node of a Redis Cluster, which has only a part of the keys. Begin the URI with redis+cluster:// instead of redis://.',
  )
}

/** Rejects while a slot moves to another node of the cluster: until then, this node lists only a part of the keys. */
export async function assertNotMoving(send: Send): Promise<void> {
  const nodes = await send<string>('CLUSTER', 'NODES')
  const self = nodes.split('\n').find((line) => line.includes('myself'))
  if (self?.includes('->-')) throw new Error('a slot of this node is being moved to another node of the cluster')
}

/** The answer; undefined when this user or this server does not allow the question. */
async function allowed<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof Error && /^(NOPERM|ERR) /.test(error.message)) return undefined
    throw error
  }
}

function fieldOf(info: string | undefined, name: string): string | undefined {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info ?? '')?.[1]
}
