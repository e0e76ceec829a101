import type { ConnectContext, Driver, Engine } from '../engine.ts'
import type { Target } from '../target.ts'
import { takeEtcdLease } from './etcd-lease.ts'
import { isOutage, type Members, membersOf } from './etcd-members.ts'
import { MOST_BYTES, operations } from './etcd-operations.ts'

/** The largest answer that the client accepts. Reads that are larger are asked for in portions. */
const MOST_ANSWER = 16 * 1024 * 1024

/** Uses `etcd3`. One transaction carries up to 128 records, where the adapter of Keyv sends each separately. */
export function etcdDriver({ uri, server, user, password }: Target, timeoutMs: number): Driver {
  const hosts = hostsOf(uri)
  return {
    shared: true,
    durability: 'power',
    lease: true,
    maxBytes: MOST_BYTES - 1000,
    ...(hosts.length > 1 && { beatTimeoutMs: timeoutMs }),
    async connect(context) {
      const members = membersOf({
        hosts,
        timeoutMs,
        options: {
          grpcOptions: { 'grpc.max_receive_message_length': MOST_ANSWER },
          ...(user === undefined ? {} : { auth: { username: user, password: password ?? '' } }),
        },
      })
      context.signal.addEventListener('abort', members.close, { once: true })
      try {
        return await engineOf(members, server, context)
      } catch (error) {
        members.close()
        throw error
      }
    },
  }
}

function hostsOf(uri: string): string[] {
  const hosts = uri.replace(/^etcd:\/\/([^@]*@)?/, '').replace(/\/$/, '')
  return hosts.split(',').map((host) => (/:\d+$/.test(host) ? host : `${host}:2379`))
}

async function engineOf(
  members: Members,
  server: string,
  { probe, readOnly, lease, onLost }: ConnectContext,
): Promise<Engine> {
  const lose = (error: unknown) => {
    if (isOutage(error)) onLost(error)
    throw error
  }
  const call: Members['call'] = (request, afterOutage) => members.call(request, afterOutage).catch(lose)
  const asked = { ...members, call }
  await tryRights(asked, probe, readOnly)
  const held = lease && (await takeEtcdLease(asked, lease, server, onLost))
  return {
    durability: 'power',
    ...operations(asked, held),
    async beat() {
      if (held) await held.renew()
      else await call(({ kv }) => kv.range({ key: Buffer.from(probe) }))
    },
    async end() {
      try {
        await held?.release()
      } finally {
        members.close()
      }
    },
  }
}

/**
 * Sends each kind of request once for a key that no record has, so that a user without the right to one of them gets an
 * error when the store is opened. etcd checks the rights of both branches of a transaction, and the one with the writes
 * is never taken.
 */
async function tryRights({ call }: Members, probe: string, readOnly: boolean): Promise<void> {
  const key = Buffer.from(probe)
  const never = { key, target: 'Version', result: 'Less', version: 0 }
  const success = readOnly ? [] : [{ request_put: { key, value: key } }]
  await call(({ kv }) => kv.txn({ compare: [never], success, failure: [{ request_range: { key } }] }))
}
