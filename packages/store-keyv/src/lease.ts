import { randomUUID } from 'node:crypto'
import { threadId } from 'node:worker_threads'
import { StoreError } from '@sessionkeep/contracts'
import { describeHolder, FOR_TWO_WRITERS, isRunning, parseHolder, thisProcess } from '@sessionkeep/store-kit'

/**
 * The right of one connection to write for one owner. It is held as long as the text under `key` on the server is
 * `text`, and the server lets it expire after `leaseMs` without a renewal, by its own clock.
 */
export interface Lease {
  readonly key: string
  /** The holder and a random token, as JSON, so that a refused writer can say who holds it. */
  readonly text: string
  /** Identifies the store object, whose next connection may replace the lease of its last one. */
  readonly store: string
  readonly owner: string
  readonly leaseMs: number
  /** What attempts of this store to take the lease have found so far. */
  readonly found: FoundLease
}

/** The most bytes of a stored lease that are fetched. Anybody who can write to the server may put more under its key. */
export const MOST_LEASE_BYTES = 64 * 1024

/** The value of another writer's lease when it was last seen, and since when it has not changed. */
export interface FoundLease {
  value?: string
  /** By the monotonic clock of this process, ms. */
  since?: number
}

/** Makes a lease that is not taken yet. Each connection needs a new one, so that late writes of an earlier connection are refused. */
export async function newLease(
  key: string,
  { owner, leaseMs, store, found }: Pick<Lease, 'owner' | 'leaseMs' | 'store' | 'found'>,
): Promise<Lease> {
  const text = JSON.stringify({ ...(await thisProcess(owner)), thread: threadId, store, leaseMs, token: randomUUID() })
  return { key, text, store, owner, leaseMs, found }
}

/**
 * Takes the lease. `replace` does one atomic step at the server: if no lease is stored, or only an expired one, or exactly
 * `old`, it writes `lease.text`. Otherwise it returns the stored value: the text of a lease, and numbers that its renewals
 * change.
 *
 * @throws `STORE_LOCKED` while another writer, whose process may still run, holds it
 */
export async function takeLease(
  lease: Lease,
  server: string,
  replace: (old: string | undefined) => Promise<string | undefined>,
): Promise<void> {
  let old: string | undefined
  for (;;) {
    const value = await replace(old)
    if (value === undefined) return
    const text = leaseText(value)
    // The lease of a process that has ended on this machine is replaced before it expires.
    const isFree = storeOf(text) === lease.store || (await isAbandoned(text)) || isStale(value, lease)
    // What was not replaced although it was named exactly never will be, such as bytes that are no UTF-8.
    if (!isFree || value === old) throw lockedBy(text, lease, server)
    old = value
  }
}

/** The text of a lease without the numbers that its renewals change. Without the bounds in the pattern, a long text could take quadratic time. */
export function leaseText(value: string): string {
  return value.replace(/( \d{1,20}){1,2}$/, '')
}

/**
 * Whether the holder has not renewed the lease for its own `leaseMs` and for that of this store, by the clock of this
 * process. This is checked because a server whose clock was set back lets a lease expire too late. False for a lease without the numbers that
 * renewals change.
 */
function isStale(value: string, { found, leaseMs }: Lease): boolean {
  if (value === leaseText(value)) return false
  const now = performance.now()
  if (found.value !== value) Object.assign(found, { value, since: now })
  return now - (found.since ?? now) > Math.max(leaseMsOf(value) ?? 0, leaseMs)
}

/** The `leaseMs` that is written in a lease; undefined if it has none. */
function leaseMsOf(value: string): number | undefined {
  const [, ms] = /"leaseMs":(\d+)/.exec(value) ?? []
  return ms === undefined ? undefined : Number(ms)
}

/**
 * The stores of this thread that are open. They are kept in the global object, because a program may have this package twice.
 */
const openStores: Set<string> = Reflect.get(globalThis, Symbol.for('sessionkeep.leases')) ?? new Set<string>()
Reflect.set(globalThis, Symbol.for('sessionkeep.leases'), openStores)

/**
 * Notes which stores of this thread are open. The lease of a closed store may be replaced: it is still there if the server
 * was away when the store was closed.
 */
export const noteStore = {
  opened: (store: string): void => void openStores.add(store),
  closed: (store: string): void => void openStores.delete(store),
}

/** Whether the process that holds the lease is known to have ended, or its store to be closed. */
async function isAbandoned(text: string): Promise<boolean> {
  const holder = parseHolder(text)
  if (!holder) return false
  const running = await isRunning(holder)
  if (running === false) return true
  // Only the stores of this thread are known.
  const isOfThisThread = running === true && holder.pid === process.pid && text.includes(`"thread":${threadId},`)
  return isOfThisThread && !openStores.has(storeOf(text) ?? '')
}

function storeOf(text: string): string | undefined {
  return /"store":"([^"]*)"/.exec(text)?.[1]
}

/** The error of a writer that found the lease of another one. */
function lockedBy(text: string, { key, owner, ...own }: Lease, server: string): StoreError {
  const holder = parseHolder(text)
  const leaseMs = leaseMsOf(text) ?? own.leaseMs
  const why = holder
    ? `is in use by ${describeHolder(holder)}; it is free when that process ends, at the latest ${leaseMs} ms after the process last renewed its lease. ${FOR_TWO_WRITERS}`
    : `is locked by something that this release does not know as a lease. If no gateway uses it, remove the key ${JSON.stringify(key)}.`
  return new StoreError('STORE_LOCKED', `${server} ${why}`, {
    context: { server, owner, pid: holder?.pid, host: holder?.host, since: holder?.since },
  })
}

/** The error of a writer that does not hold its lease any more. `found` is the text that is stored instead. */
export function lostLease(found: string | undefined, lease: Lease, server: string): StoreError {
  if (found !== undefined) return lockedBy(found, lease, server)
  return new StoreError(
    'STORE_UNAVAILABLE',
    `The lease on ${server} is gone: it expired while this process or the server stood still, or what is stored there was removed.`,
    { context: { server, owner: lease.owner } },
  )
}

/** The error of a writer whose lease is stored, on a server that lacks changes which were made under that lease. */
export function olderCopy(server: string): StoreError {
  return new StoreError(
    'STORE_UNAVAILABLE',
    `${server} is behind what it has acknowledged: another server took over with an older copy.`,
    { context: { server } },
  )
}
