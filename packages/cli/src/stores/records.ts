import { messageOf, StoreBatchError } from '@sessionkeep/core/store'
import type { OpenStore } from './open.ts'

/** How many names are read or written in one call; no store has to take more than 500. */
export const BATCH = 250

/** The content of a store under one name: a value, or the reason why it cannot be read. */
export type Stored = { readonly value: unknown } | { readonly fault: string }

/** All names of a store, sorted, so that every run goes through them in the same order. */
export async function namesOf({ store, signal }: OpenStore): Promise<string[]> {
  const names: string[] = []
  for await (const name of store.list({ signal: signal() })) names.push(name)
  return names.sort()
}

/**
 * Reads a batch. A name that the store does not have is absent from the result. If the store cannot read a record now,
 * for example because it has no rights, this rejects. With `isForDisplay`, such a record is only a fault, as a damaged
 * one is, unless the store could read nothing else either.
 */
export async function readBatch(
  from: OpenStore,
  names: readonly string[],
  isForDisplay = false,
): Promise<Map<string, Stored>> {
  const found = new Map<string, Stored>()
  if (names.length === 0) return found
  const take = (values: ReadonlyMap<string, unknown>) => {
    for (const [name, value] of values) found.set(name, { value })
  }
  try {
    take(await from.store.getMany(names, { signal: from.signal() }))
  } catch (error) {
    if (!(error instanceof StoreBatchError)) throw error
    take(error.values)
    for (const [name, reason] of error.failed) {
      const isShown = isForDisplay && error.values.size > 0
      if (reason.code !== 'STORE_RECORD_UNREADABLE' && !isShown) throw reason
      found.set(name, { fault: messageOf(reason) })
    }
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
