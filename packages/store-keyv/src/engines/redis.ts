import type { ConnectContext, Driver, Engine } from '../engine.ts'
import { raceAbort } from '../race-abort.ts'
import type { Target } from '../target.ts'
import type { Tls } from '../tls.ts'
import { accessOf, type RedisClient, redisClient } from './redis-client.ts'
import { leasedWrites, plainWrites, reads, type Send } from './redis-commands.ts'
import { lookupOf } from './redis-lookup.ts'
import { assertNotMoving, assertRole, readSettings } from './redis-settings.ts'

/** How long a server that was looked up may take to answer, ms. A frozen server will soon be replaced by another. */
const ANSWER_MS = 1500

/** The options of {@link redisDriver}. */
export interface RedisDriverOptions {
  readonly timeoutMs: number
  /** Reads the certificates. */
  readonly tls: () => Promise<Tls>
  readonly sentinelPassword?: string | undefined
}

/**
 * Uses @redis/client, for Redis and Valkey: one connection to the server that has the records, so that no failover goes
 * unnoticed. A batch is read by MGET, and written by a script that checks the lease in the same step. The adapter of Keyv
 * would send single commands.
 */
export function redisDriver(target: Target, { timeoutMs, tls, sentinelPassword }: RedisDriverOptions): Driver {
  const isCluster = target.scheme.endsWith('+cluster')
  const lookup = lookupOf(target, sentinelPassword)
  return {
    shared: true,
    durability: 'process',
    lease: true,
    keysTogether: isCluster,
    async connect(context) {
      const access = accessOf(target, await tls(), timeoutMs)
      const client = await redisClient(await lookup(context.probe, access), access)
      context.signal.throwIfAborted()
      return await engineOf(client, target, context)
    },
  }
}

/** Redis adds this to the errors of scripts. */
const PLACE = / script: [0-9a-f]{40}, on @user_script:\d+\.?$/
const FORBIDDEN = /^ERR The user executing the script|ACL failure in script/
const COMMANDS = 'GET, SET, PEXPIRE, STRLEN, EXISTS, MSET, DEL and RENAME'

/**
 * Returns the error of a command in a script. Before version 7, Redis wraps it into an error of the script. Of a command that the
 * user may not run, later versions do not give the name.
 */
function ofScript(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const [, wrapped] = /^ERR Error running script.*? -([A-Z]+ .*)$/s.exec(error.message) ?? []
  const answer = (wrapped ?? error.message).replace(PLACE, '')
  if (FORBIDDEN.test(answer)) return new Error(`${answer}: the scripts of this store need ${COMMANDS}`)
  return answer === error.message ? error : new Error(answer)
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
      ...(await readSettings(send, leased !== undefined)),
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
 * Makes each call once with keys that no record has, so that a user without the right to one of the calls gets an error
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
  // A full server can still be read, so the store is opened. The next write reports that the server is full.
  const denied = tried.flatMap((write) => (write.status === 'rejected' ? [write.reason] : []))
  const refused = denied.find((error) => !(error instanceof Error && /^OOM /.test(error.message)))
  if (refused) throw refused
}
