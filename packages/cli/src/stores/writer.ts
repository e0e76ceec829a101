import { codeOf, failedOf, parseRecord, type StoreError } from '@sessionkeep/contracts'
import type { OpenedStore } from '@sessionkeep/core'
import type { Io } from '../io.ts'
import { plain } from '../text/plain.ts'
import { assertKeeps, type Opening, type OpenStore, open } from './open.ts'
import type { StoreChoice } from './store-choice.ts'

/** The owner of records that name no pool: the default session prefix. */
const DEFAULT_OWNER = 'claude-'

/** Writes records of any pool while no gateway writes them. */
export interface Writer extends OpenStore {
  /** Writes the records. Returns those that the store refused one by one. */
  write(records: ReadonlyMap<string, unknown>): Promise<ReadonlyMap<string, StoreError>>
  /** Removes the records that these values were read from. */
  remove(records: ReadonlyMap<string, unknown>): Promise<ReadonlyMap<string, StoreError>>
  close(): Promise<void>
}

/**
 * Opens a store for writing. A store with a lock is locked as a whole. In a store with leases, the lease of each owner is taken
 * before the first of that owner's records is written. So nothing is written while a gateway holds the lock or the lease.
 *
 * @throws `STORE_LOCKED` when a gateway writes to the store; `CLI_KEEPS_NOTHING`
 */
export async function openWriter(choice: StoreChoice, opening: Opening): Promise<Writer> {
  const whole = await open(choice, opening, { readOnly: false })
  const byOwner = new Map<string, OpenStore>()
  const close = async () => {
    await Promise.all([whole, ...byOwner.values()].map((each) => closeWritten(each, opening.io)))
  }
  const handleFor = async (owner: string): Promise<OpenStore> => {
    if (whole.store.capabilities.lease !== true) return whole
    const known = byOwner.get(owner)
    if (known) return known
    const opened = await open(choice, opening, { readOnly: false, owner })
    byOwner.set(owner, opened)
    return opened
  }
  const each = async (
    records: ReadonlyMap<string, unknown>,
    verb: 'setMany' | 'deleteMany',
    task: (store: OpenedStore, records: Map<string, unknown>, signal: AbortSignal) => Promise<void>,
  ) => {
    const failed = new Map<string, StoreError>()
    for (const [owner, own] of byOwnerOf(records, opening.poolId)) {
      const { store, writing } = await handleFor(owner)
      try {
        await writing(`${verb}()`, (signal) => task(store, own, signal))
      } catch (error) {
        for (const [name, reason] of failedOf(error, own.keys(), store.name, verb)) failed.set(name, reason)
      }
    }
    return failed
  }
  try {
    assertKeeps(whole)
    // The lease of this pool is taken even if the pool has no record yet, because a gateway without records holds the
    // lease, too.
    if (opening.poolId !== undefined) await handleFor(opening.poolId)
  } catch (error) {
    await close()
    throw error
  }
  return {
    ...whole,
    close,
    write: (records) => each(records, 'setMany', (store, own, signal) => store.setMany(own, { signal })),
    remove: (records) =>
      each(records, 'deleteMany', (store, own, signal) => store.deleteMany([...own.keys()], { signal })),
  }
}

/**
 * Closes a store after everything was written. A store on files then brings the records of its journal to their files,
 * which can take longer than a call may take. The process ends only when that is done.
 */
async function closeWritten({ store, label }: OpenStore, io: Io): Promise<void> {
  const slow = setTimeout(() => {
    if (io.isTerminal) io.err(`closing ${plain(label)} …\n`)
  }, 2000)
  try {
    await store.close()
  } catch (error) {
    if (codeOf(error) !== 'STORE_TIMEOUT') throw error
    io.err(
      `warning: ${plain(label)} is not closed yet. Its records are safe, and the command ends when it is closed.\n`,
    )
  } finally {
    clearTimeout(slow)
  }
}

/** Groups records by owner: the pool that a record names, or else the pool for which the command writes. */
function byOwnerOf(records: ReadonlyMap<string, unknown>, poolId: string | undefined) {
  const owners = new Map<string, Map<string, unknown>>()
  for (const [name, value] of records) {
    const copy = parseRecord(name, value)
    const owner = (copy.kind === 'found' ? copy.record.pool : undefined) ?? poolId ?? DEFAULT_OWNER
    owners.set(owner, (owners.get(owner) ?? new Map<string, unknown>()).set(name, value))
  }
  return owners
}
