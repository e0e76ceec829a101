import { failedOf, messageOf, type StoreError } from '@sessionkeep/contracts'
import type { OpenStore } from './open.ts'

/** How many names are read or written in one call; no store has to take more than 500. */
export const BATCH = 250

/** What a store has under one name: a value, or the reason why it cannot be read. */
export type Stored = { readonly value: unknown } | { readonly fault: string; readonly reason: StoreError }

/** The code of a record that is damaged. With any other code, it may be whole, and the store cannot read it now. */
const DAMAGED = 'STORE_RECORD_UNREADABLE'

/** Whether a record may be whole, and cannot be read now: a part of the store does not answer, or this user has no rights. */
export const isUnavailable = (code: string): boolean => code !== DAMAGED && code !== 'STORE_RECORD_NEWER'

/** All names of a store, sorted, so that every run goes through them in the same order. */
export async function namesOf({ store, reading }: OpenStore): Promise<string[]> {
  return reading('list()', async (signal) => {
    const names: string[] = []
    for await (const name of store.list({ signal })) names.push(name)
    return names.sort()
  })
}

/**
 * Reads a batch. A name that the store does not have is absent from the result. A record that the store cannot read now, as it may
 * have no rights, rejects. With `isForDisplay` it is a fault like one that is damaged.
 */
export async function readBatch(
  from: OpenStore,
  names: readonly string[],
  isForDisplay = false,
): Promise<Map<string, Stored>> {
  const found = new Map<string, Stored>()
  if (names.length === 0) return found
  const take = (values: Iterable<readonly [string, unknown]>) => {
    for (const [name, value] of values) found.set(name, { value })
  }
  try {
    take(await from.reading('getMany()', async (signal) => from.store.getMany(names, { signal })))
  } catch (error) {
    for (const [name, reason] of failedOf(error, names, from.store.name, 'getMany')) {
      if (reason.code !== DAMAGED && !isForDisplay) throw reason
      found.set(name, { fault: messageOf(reason), reason })
    }
    take((error as { values?: ReadonlyMap<string, unknown> }).values ?? [])
  }
  return found
}

/** The names in batches. */
export function* batches(names: readonly string[]): Generator<readonly string[]> {
  for (let at = 0; at < names.length; at += BATCH) yield names.slice(at, at + BATCH)
}

/** Reads everything that a store has, in the order of the names. For `isForDisplay`, see {@link readBatch}. */
export async function* recordsOf(
  from: OpenStore,
  names?: readonly string[],
  isForDisplay = false,
): AsyncGenerator<readonly [string, Stored]> {
  for (const batch of batches(names ?? (await namesOf(from)))) {
    const found = await readBatch(from, batch, isForDisplay)
    for (const name of batch) {
      const stored = found.get(name)
      // A record may be removed between the listing and the reading.
      if (stored) yield [name, stored]
    }
  }
}
