import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  type Copy,
  join,
  parseRecord,
  recordTextFault,
  type StoredRecord,
  serializeRecord,
} from '@sessionkeep/contracts'
import type { Document } from './document.ts'
import { type Json, parseExactly } from './exact-json.ts'

/** What was read of a document so far. */
export interface Found extends Document {
  readonly namespaces: Map<string | undefined, Map<string, Json>>
  readonly setAside: Json[]
  readonly unknown: Map<string, Json>
}

export const nothingFound = (): Found => ({ namespaces: new Map(), setAside: [], unknown: new Map() })

/** The records of a namespace, to be added to. */
export function recordsIn({ namespaces }: Found, namespace: string | undefined): Map<string, Json> {
  const records = namespaces.get(namespace) ?? new Map<string, Json>()
  namespaces.set(namespace, records)
  return records
}

/** Adds what is stored under a name. Of two versions of one record, one is kept that has what both have. */
export async function addRecord(records: Map<string, Json>, name: string, json: Json): Promise<void> {
  const there = records.get(name)
  if (there === undefined || there === json) records.set(name, json)
  else {
    records.set(name, await joined(name, there, json))
    await nextTurn()
  }
}

/**
 * Joins two versions as a pool joins the copies of two stores. Of two sessions, the later one is kept. What is no record of a
 * pool gives way to one that is, and cannot be joined: then the second version is kept, as every reader of JSON does. There is a
 * pause after each step, since a record may be large.
 */
async function joined(name: string, first: Json, second: Json): Promise<Json> {
  const a = versionOf(name, first)
  await nextTurn()
  const b = versionOf(name, second)
  await nextTurn()
  if (a.rank !== b.rank) return a.rank > b.rank ? first : second
  if (a.copy?.kind !== 'found' || b.copy?.kind !== 'found') return second
  const [one, other] = [a.copy.record, b.copy.record]
  if (one.incarnation !== undefined && other.incarnation !== undefined && one.incarnation !== other.incarnation)
    return one.createdAt > other.createdAt ? first : second
  const { value: both, text } = parseExactly(`[${first},${second}]`)
  await nextTurn()
  const [exact, otherExact] = (both as unknown[]).map((value) => parseRecord(name, value))
  await nextTurn()
  if (exact?.kind === 'found' && otherExact?.kind === 'found') {
    const versions = serializeRecord(join(one, other)).attributesAt
    await nextTurn()
    const value = serializeRecord(join(versionedAs(one, exact.record), versionedAs(other, otherExact.record)))
    const whole = versions === undefined ? value : { ...value, attributesAt: versions }
    await nextTurn()
    if (recordTextFault(text(whole, JSON.stringify)) === undefined) return text(whole)
  }
  return one.revision > other.revision ? first : second
}

/** A record with exact integers, and the versions of the same record with rounded ones: their checksum is of what a pool reads. */
function versionedAs({ attributesAt }: StoredRecord, { attributesAt: _, ...exact }: StoredRecord): StoredRecord {
  return attributesAt === undefined ? exact : { ...exact, attributesAt }
}

interface VersionOfRecord {
  readonly copy?: Copy
  /** The version with the higher rank is kept. */
  readonly rank: number
}

function versionOf(name: string, json: Json): VersionOfRecord {
  if (typeof json !== 'string' || !json.startsWith('{')) return { rank: 0 }
  const copy = parseRecord(name, JSON.parse(json))
  // The record of a newer release is not to be lost to one that it has replaced.
  return { copy, rank: copy.kind === 'newer' ? 3 : copy.kind === 'found' ? 2 : 1 }
}
