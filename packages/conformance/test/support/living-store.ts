import { assertStoreName, type MetadataStore, StoreBatchError, StoreError } from '@sessionkeep/contracts'
import type { Place } from '../../src/index.ts'
import { soundStore } from './sound-store.ts'

const living = new Map<string, Set<string>>()

/** Starts sessions for the names that a session can have, and returns those names. */
export function startSessions({ id }: Place, names: readonly string[]): string[] {
  const all = living.get(id) ?? new Set()
  living.set(id, all)
  const possible = names.filter((name) => /^[\w-]+$/.test(name))
  for (const name of possible) all.add(name)
  return possible
}

/** A store that keeps every promise of `liveOnly`. `isLate` recognises the record of an ended session. */
export function livingStore(place: Place, isLate = (record: object): boolean => 'expiresAt' in record): MetadataStore {
  const store = soundStore(place)
  return {
    ...store,
    capabilities: { ...store.capabilities, liveOnly: true },
    async setMany(records, options) {
      for (const name of records.keys()) assertStoreName(name)
      const hasSession = ([name]: readonly [string, unknown]) => living.get(place.id)?.has(name) === true
      await store.setMany(new Map([...records].filter(hasSession)), options)
      const missed = [...records].filter((entry) => !hasSession(entry) && !isLate(Object(entry[1])))
      if (missed.length === 0) return
      throw new StoreBatchError(new Map(missed.map(([name]) => [name, new StoreError('STORE_NO_SESSION', 'None.')])))
    },
  }
}
