import type { OpenStore } from '../stores/open.ts'
import { readBatch, type Stored } from '../stores/records.ts'

/** Returns the function that reads records for a copy. It marks their commands as withheld where the copy needs that. */
export function sourceFor(from: OpenStore, to: OpenStore): (names: readonly string[]) => Promise<Map<string, Stored>> {
  if (!isWrittenByOthers(from) || isWrittenByOthers(to)) return (names) => readBatch(from, names)
  return async (names) => new Map([...(await readBatch(from, names))].map(([name, stored]) => [name, withheld(stored)]))
}

/** Whether other machines, or the programs in the sessions, can write to a store. A pool starts no command that it reads there. */
export const isWrittenByOthers = ({ store }: Pick<OpenStore, 'store'>): boolean =>
  store.capabilities.shared || store.capabilities.liveOnly === true

/**
 * Marks the command of a record as withheld, so that it is shown and never started. Without the mark, a pool would
 * start a command that somebody has forged, once it is copied to a store that only this machine can write.
 */
export function withheld(stored: Stored): Stored {
  if ('fault' in stored || !isObject(stored.value)) return stored
  const { place } = stored.value
  if (!isObject(place) || place.command === undefined) return stored
  return { value: { ...stored.value, place: { ...place, withheld: true } } }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
