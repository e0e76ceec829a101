import type { OpenStore } from '../stores/open.ts'
import { readBatch, type Stored } from '../stores/records.ts'

/** Reads the records of one store as another one may get them. */
export function sourceFor(from: OpenStore, to: OpenStore): (names: readonly string[]) => Promise<Map<string, Stored>> {
  if (!isWrittenByOthers(from) || isWrittenByOthers(to)) return (names) => readBatch(from, names)
  return async (names) => new Map([...(await readBatch(from, names))].map(([name, stored]) => [name, withheld(stored)]))
}

/** Whether other machines, or the programs in the sessions, can write to a store. A pool starts no command that it reads there. */
export const isWrittenByOthers = ({ store }: Pick<OpenStore, 'store'>): boolean =>
  store.capabilities.shared || store.capabilities.liveOnly === true

/**
 * The record with a command that is shown and not started. Copied as it is to a store that only this machine can write to, a command
 * that somebody has forged would be started from there.
 */
export function withheld(stored: Stored): Stored {
  if ('fault' in stored || !isObject(stored.value)) return stored
  const { place } = stored.value
  if (!isObject(place) || place.command === undefined) return stored
  return { value: { ...stored.value, place: { ...place, withheld: true } } }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
