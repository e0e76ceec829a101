import { requireDriver } from '../adapters.ts'

interface Pair {
  readonly key: Buffer
  readonly value: Buffer
  readonly mod_revision: string
  /** The lease of etcd that removes the key when it expires; `0` for none. */
  readonly lease: string
}
/** What every answer of etcd about keys has. */
export interface Header {
  readonly cluster_id: string
  /** The number of changes that the cluster has made. */
  readonly revision: string
}
export interface Range {
  readonly kvs: readonly Pair[]
  readonly more: boolean
}
interface TransactionAnswer {
  readonly succeeded: boolean
  readonly header: Header
  readonly responses: ReadonlyArray<{ readonly response_range: Range }>
}
interface KeepAlive {
  on(event: 'data' | 'error', listener: (answer: { readonly TTL: string } & Error) => void): unknown
  write(request: object): void
  end(): void
}
/** The part of a client of `etcd3` that is used here. */
export interface EtcdClient {
  readonly kv: {
    range(request: object): Promise<Range & { readonly header: Header }>
    txn(request: object): Promise<TransactionAnswer>
  }
  readonly leaseClient: {
    leaseGrant(request: object): Promise<{ readonly ID: string }>
    leaseRevoke(request: object): Promise<unknown>
    leaseKeepAlive(): Promise<KeepAlive>
  }
  close(): void
}
interface Etcd {
  readonly Etcd3: new (options: object) => EtcdClient
}

/** The members of one cluster. */
export interface Members {
  /**
   * Sends a request to the member in use. If that member does not answer, or has no leader, the request is sent to the next
   * one. Rejects when no member has carried out the request within `timeoutMs`.
   *
   * @param afterOutage - called before the request is sent to another member, because the earlier one may still carry it out
   */
  call<T>(request: (client: EtcdClient) => Promise<T>, afterOutage?: () => Promise<void>): Promise<T>
  /** Closes all connections. */
  close(): void
}

/** The parameters of {@link membersOf}. */
export interface MembersOptions {
  readonly hosts: readonly string[]
  /** Options of `etcd3` for every member. */
  readonly options: object
  readonly timeoutMs: number
}

/** Errors of a member that does not answer, or has lost contact with the others. Another member may work. */
const OUTAGE = /^(1 CANCELLED|4 DEADLINE_EXCEEDED|13 INTERNAL|14 UNAVAILABLE)|etcdserver: (no leader|leader changed)/

/** Whether the member could not be asked. False for an error that is its answer. */
export function isOutage(error: unknown): boolean {
  return error instanceof Error && OUTAGE.test(error.message)
}

/** Makes the clients of a cluster. Each client has one member, because `etcd3` would choose a member at random for each call. */
export function membersOf({ hosts, options, timeoutMs }: MembersOptions): Members {
  const { Etcd3 } = requireDriver('etcd3') as Etcd
  const attemptMs = hosts.length === 1 ? timeoutMs : Math.max(1000, Math.floor(timeoutMs / hosts.length))
  const deadline = () => ({ deadline: Date.now() + attemptMs })
  const clientOf = (host: string): EtcdClient =>
    new Etcd3({
      hosts: [host],
      dialTimeout: attemptMs,
      defaultCallOptions: deadline,
      faultHandling: { host: () => once, global: once },
      ...options,
    })
  let at = 0
  let client: EtcdClient | undefined
  let isClosed = false

  const current = (): EtcdClient => {
    if (isClosed) throw new Error('the connection was closed')
    client ??= clientOf(hosts[at % hosts.length] ?? '')
    return client
  }
  const leave = (failed: EtcdClient): void => {
    if (client !== failed) return
    failed.close()
    client = undefined
    at += 1
  }

  return {
    async call(request, afterOutage) {
      const until = performance.now() + timeoutMs
      for (let left = hosts.length; ; left -= 1) {
        let asked = current()
        try {
          if (left < hosts.length) await afterOutage?.()
          asked = current()
          return await request(asked)
        } catch (error) {
          if (!isOutage(error) || isClosed) throw error
          leave(asked)
          if (hosts.length === 1 || left === 0 || performance.now() > until) throw error
        }
      }
    },
    close() {
      isClosed = true
      client?.close()
      client = undefined
    },
  }
}

/**
 * Disables the retries and the circuit breaker of the client, because the caller does both. The object has the form of the
 * policies that the client accepts. `execute` returns a promise also when the task throws: when the stream of a lease fails,
 * the client catches only rejections, and a thrown error would end the process.
 */
const once = {
  execute: async <T>(task: (context: object) => T) => task({ signal: new AbortController().signal }),
}
