import type { ConnectContext, Driver, Engine } from '../engine.ts'
import { raceAbort } from '../race-abort.ts'
import type { Target } from '../target.ts'
import type { Tls } from '../tls.ts'
import { accessOf, type RedisClient, redisClient } from './redis-client.ts'
import { leasedWrites, plainWrites, reads, type Send } from './redis-commands.ts'
import { lookupOf } from './redis-lookup.ts'
import { assertNotMoving, assertRole, readSettings } from './redis-settings.ts'

/** How long a server that was looked up may take to answer, ms. One that is frozen will soon be replaced by another. */
const ANSWER_MS = 1500

/** The options of {@link redisDriver}. */
export interface RedisDriverOptions {
  readonly timeoutMs: number
  /** Reads the certificates. */
  readonly tls: () => Promise<Tls>
  readonly sentinelPassword?: string | undefined
}

/**
 * Uses @redis/client, for Redis and Valkey: one connection to the server that has the records,
 * so that no failover goes unnoticed. Batches are MGET, and scripts that check the lease and write in one step, where
 * the adapter itself sends single commands.
 */
export function redisDriver(target: Target, { timeoutMs, tls, sentinelPassword }: RedisDriverOptions): Driver {
  const isCluster = target.scheme.endsWith('+cluster')
  const lookup = async (probe: string) => {
    const access = accessOf(target, await tls(), timeoutMs)
    return { access, place: await lookupOf(target, access, sentinelPassword)(probe) }
  }
  return {
    shared: true,
    durability: 'process',
    lease: true,
    keysTogether: isCluster,
    async connect(context) {
      const { access, place } = await lookup(context.probe)
      const client = await redisClient(place, access)
      context.signal.throwIfAborted()
      return await engineOf(client, target, context)
    },
  }
}

/** Before version 7, Redis wraps what a command in a script answers into an error of the script. */
function ofScript(error: unknown): unknown {
  const [, answer] = (error instanceof Error && /^ERR Error running script.*? -([A-Z]+ .*)$/s.exec(error.message)) || []
  return answer === undefined ? error : new Error(answer)
}

async function engineOf(client: RedisClient, target: Target, context: ConnectContext): Promise<Engine> {
  const { signal, onLost, readOnly, lease } = context
  const isCluster = target.scheme.endsWith('+cluster')
  const isLookedUp = target.scheme.includes('+')
  let isOver = false
  const end = (error?: unknown) => {
    if (isOver) return
    isOver = true
    client.destroy()
    onLost(error)
  }
  let fault: Error | undefined
  client.on('error', (error) => {
    fault ??= error
    end(error)
  })
  client.on('end', () => end())
  signal.addEventListener('abort', () => end(), { once: true })
  const send: Send = async <T>(...args: readonly string[]) => {
    try {
      return await client.sendCommand<T>(args)
    } catch (caught) {
      const error = ofScript(caught)
      // The server became a replica, or the key moved to another node: a new connection looks for the right one.
      if (error instanceof Error && /^(READONLY|MOVED) /.test(error.message)) end(error)
      throw error
    }
  }
  try {
    await (isLookedUp ? raceAbort(AbortSignal.timeout(ANSWER_MS), client.connect()) : client.connect())
    await assertRole(send, target)
    const leased = lease && leasedWrites(send, lease, target.server, end)
    await leased?.take()
    const writes = leased?.writes ?? plainWrites(send)
    await tryRights(send, readOnly ? undefined : writes, context)
    return {
      ...(await readSettings(send)),
      ...reads(send, isCluster ? () => assertNotMoving(send) : undefined),
      ...writes,
      beat: leased?.renew ?? (async () => void (await send('PING'))),
      async end() {
        await leased?.release()
        end()
      },
    }
  } catch (error) {
    end()
    // Ending the client also makes connect() reject. The first fault is the real reason.
    throw fault ?? error
  }
}

/**
 * Makes each call once with keys that no record has, so that a user without the right to one of them gets an error
 * when the store is opened.
 */
async function tryRights(
  send: Send,
  writes: Pick<Engine, 'set' | 'delete' | 'rename'> | undefined,
  { probe, asideProbe }: ConnectContext,
): Promise<void> {
  await Promise.all([
    send('STRLEN', probe),
    send('MGET', probe),
    send('EXISTS', probe),
    send('SCAN', '0', 'COUNT', '1'),
  ])
  if (!writes) return
  const tried = await Promise.allSettled([
    writes.set(new Map([[probe, '']])),
    writes.rename(new Map([[probe, asideProbe]])),
    writes.delete([probe, asideProbe]),
  ])
  // A server that is full can still be read. A write that fails later reports it then.
  const denied = tried.flatMap((write) => (write.status === 'rejected' ? [write.reason] : []))
  const refused = denied.find((error) => !(error instanceof Error && /^OOM /.test(error.message)))
  if (refused) throw refused
}
