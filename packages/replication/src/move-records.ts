import {
  type Logger,
  parseRecord,
  type StoreContext,
  type StoredRecord,
  StoreError,
  serializeRecord,
} from '@sessionkeep/contracts'
import { BATCH_SIZE, type StoreCalls } from '@sessionkeep/contracts/internal'
import type { FormerNamespace, PoolIdentity, StoreIdentity } from '@sessionkeep/selection/internal'
import type { FormerRecords } from './former-records.ts'
import { type Living, mergeFormer } from './merge-former.ts'

/** The parameters of {@link moveRecords}. */
export interface MoveOptions {
  readonly calls: StoreCalls
  readonly identity: StoreIdentity
  readonly living: PoolIdentity['living']
  readonly logger: Logger
  /** The label of the store, for the log. */
  readonly label: string
  /** Whether the store takes a lease. */
  readonly lease: boolean
  /** The most records that are written in one call. An attempt that fails leaves half as many to the next attempt. */
  readonly most: { records: number }
  /** Gets the records that are not moved yet, as long as there are any. */
  readonly unmoved: FormerRecords
}

/**
 * Moves the records of this pool from the namespaces of its former ids. The store must be closed, and is closed afterwards. A
 * record is copied before it is removed, so that a crash in between loses nothing, and the next start goes on.
 *
 * @throws `STORE_LOCKED` while a pool with a former id uses the store; `STORE_UNAVAILABLE` while the host cannot say which records
 * are of this machine; and what a call of the store rejects with.
 */
export async function moveRecords(options: MoveOptions): Promise<void> {
  const { calls, identity, living, logger, label, lease, unmoved } = options
  const here = await living()
  const opened = async <T>(at: Pick<StoreContext, 'namespace' | 'owner' | 'readOnly'>, task: () => Promise<T>) => {
    await calls.open({ namespace: at.namespace, owner: at.owner, readOnly: at.readOnly, logger })
    try {
      return await task()
    } finally {
      await calls.close()
    }
  }
  const places = identity.formerly.map((former) => ({ former, read: () => readOurs(calls, former, here) }))
  const used: typeof places = []
  unmoved.clear()
  for (const place of places) {
    const seen = await opened({ ...place.former, readOnly: true }, place.read)
    for (const [name, record] of seen)
      unmoved.add(name, (present) => mergeFormer(present, record, identity.owner, here))
    if (seen.size > 0) used.push(place)
    // A pool with the former id may run and have no session yet. Of the namespace of all machines, another machine may have the lease.
    else if (lease && place.former.namespace !== undefined) await opened(place.former, async () => undefined)
  }
  for (const { former, read } of used) {
    // Read again with the lock of the former id, since a pool with that id might have written in between.
    const records = await opened(former, read)
    const moved = await opened(identity, () => copy(options, records, here))
    await opened(former, () => remove(calls, moved, records))
    logger.info(
      { store: label, records: moved.length, from: former.owner, to: identity.owner },
      'Records were moved from a former id of this pool',
    )
  }
  unmoved.clear()
}

async function readOurs(
  calls: StoreCalls,
  former: FormerNamespace,
  living: Living,
): Promise<ReadonlyMap<string, StoredRecord>> {
  const { found, failed } = await calls.read(await calls.list())
  assertNotPassing(failed)
  const ours = recordsIn(found, (record) => former.isOurs(record, living))
  const ifAlive = (record: StoredRecord) => former.isOurs(record, new Set([record.incarnation ?? '']))
  if (!living && recordsIn(found, ifAlive).size > ours.size) {
    const message =
      'The host cannot list its sessions, and only those show which records of a former id are of this pool.'
    throw new StoreError('STORE_UNAVAILABLE', message)
  }
  return ours
}

/** Throws the first error that may pass. A record that cannot be moved now must not look absent until the next start. */
function assertNotPassing(failed: ReadonlyMap<string, StoreError>): void {
  for (const error of failed.values()) if (error.retryable) throw error
}

function recordsIn(found: ReadonlyMap<string, unknown>, isWanted: (record: StoredRecord) => boolean) {
  const records = new Map<string, StoredRecord>()
  for (const [name, raw] of found) {
    const copy = parseRecord(name, raw)
    if (copy.kind === 'found' && isWanted(copy.record)) records.set(name, copy.record)
  }
  return records
}

/** Writes the records, each merged with the present one under its name, and returns the names that are stored now. */
async function copy(
  { calls, identity: { owner }, most }: MoveOptions,
  records: ReadonlyMap<string, StoredRecord>,
  living: Living,
): Promise<string[]> {
  const { found, failed } = await calls.read([...records.keys()])
  assertNotPassing(failed)
  const present = recordsIn(found, () => true)
  const written = [...records].flatMap(([name, record]) => {
    const other = present.get(name)
    // What cannot be read is not overwritten; the former record stays.
    if (failed.has(name) || (found.has(name) && !other)) return []
    const merged = mergeFormer(other, record, owner, living)
    return merged ? [[name, serializeRecord({ ...merged, pool: owner, revision: merged.revision + 1 })] as const] : []
  })
  const refused = new Set<string>()
  for (let at = 0; at < written.length; ) {
    const some = new Map(written.slice(at, at + most.records))
    const failures = await calls.set(some).catch((error: unknown) => {
      most.records = Math.max(1, Math.floor(some.size / 2))
      throw error
    })
    at += some.size
    assertNotPassing(failures)
    for (const name of failures.keys()) refused.add(name)
  }
  return written.map(([name]) => name).filter((name) => !refused.has(name))
}

/**
 * Removes the records that were moved. A store that ignores namespaces shows the new record instead, with a higher revision;
 * then there is nothing to remove.
 */
async function remove(
  calls: StoreCalls,
  names: readonly string[],
  moved: ReadonlyMap<string, StoredRecord>,
): Promise<void> {
  const { found } = await calls.read(names)
  // A pool with the former id may have run in between, and made another session of that name.
  const isMoved = ({ sessionName, revision, run }: StoredRecord): boolean => {
    const one = moved.get(sessionName)
    return one?.revision === revision && one.run === run
  }
  const old = recordsIn(found, isMoved)
  const removed = [...old.keys()]
  for (let at = 0; at < removed.length; at += BATCH_SIZE) await calls.delete(removed.slice(at, at + BATCH_SIZE))
}
