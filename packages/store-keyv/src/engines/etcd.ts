import { StoreError } from '@sessionkeep/contracts'
import type { ConnectContext, Driver, Engine } from '../engine.ts'
import { olderCopy } from '../lease.ts'
import { onAbort } from '../race-abort.ts'
import type { Target } from '../target.ts'
import type { Tls } from '../tls.ts'
import { takeEtcdLease } from './etcd-lease.ts'
import { type Header, isOutage, type Members, membersOf } from './etcd-members.ts'
import { MOST_BYTES, operations } from './etcd-operations.ts'

/** The largest answer that the client accepts. What is larger is read in portions. */
const MOST_ANSWER = 16 * 1024 * 1024

/** The parameters of {@link etcdDriver}. */
export interface EtcdOptions {
  readonly timeoutMs: number
  /** Reads the files of certificates and keys. */
  readonly tls: () => Promise<Tls>
}

/** Uses `etcd3`. One transaction has up to 128 records, where the adapter of Keyv would send each separately. */
export function etcdDriver(target: Target, { timeoutMs, tls }: EtcdOptions): Driver {
  const { scheme, server, user, password } = target
  const hosts = target.hosts.map(({ host, port = 2379 }) => `${host.includes(':') ? `[${host}]` : host}:${port}`)
  return {
    shared: true,
    durability: 'power',
    lease: true,
    maxBytes: MOST_BYTES - 1000,
    ...(hosts.length > 1 && { beatTimeoutMs: timeoutMs }),
    async connect(context) {
      const { servername, ...files } = await tls()
      const members = membersOf({
        hosts,
        timeoutMs,
        options: {
          grpcOptions: {
            'grpc.max_receive_message_length': MOST_ANSWER,
            ...(servername !== undefined && { 'grpc.ssl_target_name_override': servername }),
          },
          ...(scheme === 'etcds' && { credentials: credentialsOf(files) }),
          ...(user === undefined ? {} : { auth: { username: user, password: password ?? '' } }),
        },
      })
      onAbort(context.signal, members.close)
      try {
        return await engineOf(members, server, context)
      } catch (error) {
        members.close()
        throw error
      }
    },
  }
}

function credentialsOf({ ca, cert, key }: Tls): object {
  const bytes = (text: string | undefined) => (text === undefined ? null : Buffer.from(text))
  return { rootCertificate: bytes(ca), privateKey: bytes(key), certChain: bytes(cert) }
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
  const assertNotOlder = historyOf(server, onLost)
  const call: Members['call'] = async (request, afterOutage) => {
    const check = assertNotOlder()
    const answer = await members.call(request, afterOutage).catch(lose)
    check(answer as Answer)
    return answer
  }
  const asked = { ...members, call }
  for (const key of [probe, lease?.key]) if (key !== undefined) await tryRights(asked, key, readOnly)
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

interface Answer {
  readonly header?: Header
  readonly responses?: ReadonlyArray<{ readonly response_put?: object | null }>
}

/**
 * Makes the check that refuses answers of another cluster, or of a copy that lacks changes which were made before the call was
 * sent. The lease alone would not show that, because a client connects again without an error.
 */
function historyOf(server: string, onLost: (error: unknown) => void) {
  let cluster: string | undefined
  let newest = 0
  return () => {
    const before = newest
    return (answer: Answer): void => {
      if (!answer.header) return
      const { cluster_id, revision } = answer.header
      const hasWritten = answer.responses?.some(({ response_put }) => response_put) === true
      cluster ??= cluster_id
      newest = Math.max(newest, Number(revision))
      if (cluster_id === cluster && Number(revision) >= (hasWritten ? before + 1 : before)) return
      const error = olderCopy(server)
      onLost(error)
      throw error
    }
  }
}

function isDenied(error: unknown): boolean {
  return error instanceof Error && error.message.includes('permission denied')
}

/**
 * Tries each kind of access with a key that no record has, so that a user without one of the rights gets an error when the
 * store is opened. etcd checks the rights of both branches of a transaction, and the branch with the write is never taken.
 */
async function tryRights({ call }: Members, key: string, readOnly: boolean): Promise<void> {
  const bytes = Buffer.from(key)
  const never = { key: bytes, target: 'Version', result: 'Less', version: 0 }
  const success = readOnly ? [] : [{ request_put: { key: bytes, value: bytes } }]
  const failure = [{ request_range: { key: bytes } }]
  await call(({ kv }) => kv.txn({ compare: [never], success, failure })).catch((cause: unknown) => {
    if (!isDenied(cause)) throw cause
    const own = key.slice(0, key.search(/:|%lease/))
    const message = `This user of etcd may not ${readOnly ? 'read' : 'read and write'} the keys that begin with ${own}: or ${own}%.`
    throw new StoreError('STORE_MISCONFIGURED', message, { cause, context: { namespace: own } })
  })
}
