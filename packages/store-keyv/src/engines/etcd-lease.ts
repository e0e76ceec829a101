import { parseHolder } from '@sessionkeep/store-kit'
import { type Lease, lostLease, takeLease } from '../lease.ts'
import type { EtcdClient, Members, Range } from './etcd-members.ts'

/** A lease that this connection holds. */
export interface HeldLease {
  /**
   * Runs a transaction of at most 128 operations if the lease is still held. Once the signal is aborted, it is not sent to
   * another member.
   *
   * @throws `STORE_LOCKED` when another writer holds it, `STORE_UNAVAILABLE` when nobody does
   */
  change(operations: readonly object[], signal?: AbortSignal): Promise<void>
  /** Renews the lease. */
  renew(): Promise<void>
  /** Gives the lease up, if it is still held. */
  release(): Promise<void>
}

/**
 * Takes the lease: a key that is bound to a lease of etcd. When the lease of etcd expires, etcd removes the key. The
 * revision of the key is the fencing token, and each change of records compares it. After an outage of a member the key is
 * written again, so that a change which that member still has cannot be carried out later.
 *
 * @throws `STORE_LOCKED`
 */
export async function takeEtcdLease(
  members: Members,
  lease: Lease,
  server: string,
  onLost: (error: unknown) => void,
): Promise<HeldLease> {
  const key = Buffer.from(lease.key)
  const value = Buffer.from(lease.text)
  const read = { request_range: { key } }
  const { ID } = await members.call(({ leaseClient }) =>
    leaseClient.leaseGrant({ TTL: Math.ceil(lease.leaseMs / 1000) }),
  )
  const put = { request_put: { key, value, lease: ID } }
  const isMine = { key, target: 'Value', result: 'Equal', value }
  let fence = ''

  const lost = (stored: Range | undefined) => {
    const error = lostLease(textOf(stored), lease, server)
    onLost(error)
    return error
  }
  /** Writes the key again, so that nothing that was sent before is carried out after this. */
  const writeAgain = async () => {
    const request = { compare: [isMine], success: [put], failure: [read] }
    const { succeeded, header, responses } = await members.call(({ kv }) => kv.txn(request))
    if (!succeeded) throw lost(responses[0]?.response_range)
    fence = header.revision
  }

  try {
    await takeLease(lease, server, async (old) => {
      let next = old
      for (;;) {
        const expected = next
        next = undefined
        const isFree =
          expected === undefined
            ? { key, target: 'Create', result: 'Equal', create_revision: 0 }
            : { key, target: 'Value', result: 'Equal', value: Buffer.from(expected) }
        const request = { compare: [isFree], success: [put], failure: [read] }
        const { succeeded, responses } = await members.call(({ kv }) => kv.txn(request))
        const range = responses[0]?.response_range
        const found = textOf(range)
        // An earlier attempt, at a member that did not answer, may have succeeded.
        if (succeeded || found === lease.text) return undefined
        // A key that was copied from another server does not expire, and nobody renews it.
        if (found !== undefined && range?.kvs[0]?.lease === '0' && parseHolder(found)) next = found
        else if (found !== undefined) return found
      }
    })
    await writeAgain()
  } catch (error) {
    members.call(({ leaseClient }) => leaseClient.leaseRevoke({ ID })).catch(() => undefined)
    throw error
  }

  return {
    async change(operations, signal) {
      const afterOutage = async () => {
        signal?.throwIfAborted()
        await writeAgain()
      }
      for (let isFirst = true; ; isFirst = false) {
        const compare = [{ key, target: 'Mod', result: 'Equal', mod_revision: fence }]
        const request = { compare, success: operations, failure: [read] }
        const { succeeded, responses } = await members.call(({ kv }) => kv.txn(request), afterOutage)
        if (succeeded) return
        const stored = responses[0]?.response_range
        // A writeAgain() that was given up may be carried out late: it changes the revision, and the key is still ours.
        if (!isFirst || textOf(stored) !== lease.text) throw lost(stored)
        await writeAgain()
      }
    },
    async renew() {
      const stored = await members.call(async (client) => {
        await keepAlive(client, ID)
        return await client.kv.range({ key })
      })
      if (textOf(stored) !== lease.text) throw lost(stored)
    },
    async release() {
      await members.call(({ leaseClient }) => leaseClient.leaseRevoke({ ID }))
    },
  }
}

function textOf(stored: Range | undefined): string | undefined {
  return stored?.kvs[0]?.value.toString()
}

/** Renews a lease of etcd once. Does not reject when the lease has expired, because the caller sees that its key is gone. */
async function keepAlive({ leaseClient }: EtcdClient, ID: string): Promise<void> {
  const stream = await leaseClient.leaseKeepAlive()
  try {
    await new Promise((resolve, reject) => {
      stream.on('data', resolve)
      stream.on('error', reject)
      stream.write({ ID })
    })
  } finally {
    stream.end()
  }
}
