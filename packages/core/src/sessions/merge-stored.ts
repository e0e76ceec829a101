import { countsOf, foldCounts, sumOf } from '../record/counts.ts'
import { join } from '../record/join.ts'
import type { StoredRecord } from '../record/parse-record.ts'
import type { JsonObject, JsonValue } from '../record/session-metadata.ts'
import type { AttributeCheck } from './attributes.ts'
import { sameContent } from './project.ts'
import { type Entry, statusOf } from './session.ts'

/**
 * Adds what a store knew of this incarnation to what the pool knows. What this run did stays on top: its requests are
 * added, its status and attributes win. Copies that this run wrote itself say nothing new, and must not be given.
 * False: nothing in it was new.
 */
export function absorb(entry: Entry, copy: StoredRecord, check: AttributeCheck): boolean {
  const past = entry.past ? join(entry.past, copy) : copy
  if (entry.past && sameContent(entry.past, past) && entry.past.revision === past.revision) return false
  const { guess } = entry
  entry.past = past
  entry.base = sumOf(countsOf(past), entry.life)
  entry.createdAt = birth(past.createdAt, guess)
  if (guess.origin !== 'created') entry.origin = entry.createdAt === past.createdAt ? 'stored' : guess.origin
  entry.lastActivityAt = Math.max(past.lastActivityAt, entry.touchedAt)
  entry.status = statusOf(entry)
  entry.extra = past.extra
  overlayAttributes(entry, check)
  if (!entry.claimed) {
    entry.revision = past.revision
    entry.run = past.run
  } else entry.revision = Math.max(entry.revision, past.revision) + 1
  return true
}

/** Adds up the counts of the oldest runs. To be called once every store has answered for the session: see `foldCounts`. */
export function foldPast(entry: Entry): void {
  const counts = entry.past?.counts
  if (entry.past && counts) entry.past = { ...entry.past, counts: foldCounts(counts, entry.life) }
}

/** Stored beats guessed, then the older; a stored birth in the future is not believed over the host's. */
function birth(stored: number, { origin, createdAt }: Entry['guess']): number {
  const exact = origin === 'stamp' || origin === 'created'
  return exact || (origin === 'host' && stored > Date.now()) ? Math.min(stored, createdAt) : stored
}

/** Lays the attributes of this run over the stored ones; stored ones that fail their schema are set aside. */
export function overlayAttributes(entry: Entry, check: AttributeCheck): void {
  const stored = entry.past?.attributes
  const valid = stored === undefined ? undefined : check(stored)
  entry.setAside = valid && !valid.ok ? stored : undefined
  const base = valid?.ok ? (stored as JsonObject) : {}
  entry.attributes =
    valid?.ok || entry.ownAttributes.size > 0 ? deepFreeze(patched(base, entry.ownAttributes)) : undefined
  const shown = entry.attributes && check(entry.attributes)
  entry.shownAttributes = shown?.ok ? deepFreeze(shown.value) : undefined
}

/** `base` with each key of `patch` set, or removed where its value is undefined. */
function patched(base: JsonObject, patch: ReadonlyMap<string, JsonValue | undefined>): JsonObject {
  const merged = new Map<string, JsonValue | undefined>([...Object.entries(base), ...patch])
  return Object.fromEntries([...merged].filter(([, value]) => value !== undefined)) as JsonObject
}

/** Freezes plain objects and arrays all the way down, so that no caller can change what is stored by what it was shown. */
function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  const prototype = Object.getPrototypeOf(value)
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) return value
  for (const item of Object.values(value)) deepFreeze(item)
  return Object.freeze(value)
}
