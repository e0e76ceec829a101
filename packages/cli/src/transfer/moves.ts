import { join, parseRecord, type StoredRecord, serializeRecord } from '@sessionkeep/core/store'
import { batches, readBatch, type Stored } from '../stores/records.ts'
import { differences } from './differences.ts'
import type { Source, Target } from './ends.ts'

type Records = ReadonlyMap<string, Stored>

/**
 * What becomes of a session of the target whose name another session has in the source.
 *
 * - `moved`: the copy writes it under another name, with all that the target has of it. So its record may be replaced.
 * - `stuck`: the source has it under another name, but it cannot be written there.
 * - `newer`: the source has it under another name, and the target has something of it that the source does not have.
 */
type Fate = 'moved' | 'stuck' | 'newer'

/** Says what becomes of a session of the target; undefined if the source does not have it. */
export type FateOf = (incarnation: string) => Fate | undefined

/** Where the copy would write a session, and which other session the target has there. */
interface Place {
  readonly before: string | undefined
  /** Whether the session was created after the one that the target has there. */
  readonly isNewer: boolean
  /** Whether the target has a record there that cannot be read, and so is not replaced. */
  readonly isBlocked: boolean
}

/**
 * Finds the sessions of a target whose names other sessions have in the source. Both are read once more, and a second time if there
 * is such a session.
 */
export async function findMoves(source: Source, target: Target, signal: AbortSignal): Promise<FateOf> {
  const displaced = new Map<string, StoredRecord>()
  await eachRecord(source, target, signal, (ours, theirs) => {
    if (theirs?.incarnation !== undefined && isOther(ours, theirs)) displaced.set(theirs.incarnation, theirs)
  })
  if (displaced.size === 0) return () => undefined
  const places = new Map<string, Place[]>()
  const newer = new Set<string>()
  await eachRecord(source, target, signal, (ours, theirs, isBlocked) => {
    if (ours.incarnation === undefined) return
    const before = isOther(ours, theirs) ? theirs?.incarnation : undefined
    const place = { before, isNewer: ours.createdAt > (theirs?.createdAt ?? 0), isBlocked }
    places.set(ours.incarnation, [...(places.get(ours.incarnation) ?? []), place])
    const there = displaced.get(ours.incarnation)
    if (there && !hasAll(ours, there)) newer.add(ours.incarnation)
  })
  const moved = movedAmong(places, newer)
  return (incarnation) => {
    if (!places.has(incarnation)) return undefined
    if (newer.has(incarnation)) return 'newer'
    return moved.has(incarnation) ? 'moved' : 'stuck'
  }
}

/** A session gets its name if the session that the target has there gets another one, or is an earlier one. In a ring, all of them do. */
function movedAmong(places: ReadonlyMap<string, readonly Place[]>, newer: ReadonlySet<string>): ReadonlySet<string> {
  const moved = new Set(places.keys())
  const mayReplace = ({ before, isNewer, isBlocked }: Place): boolean => {
    if (isBlocked || before === undefined) return !isBlocked
    return places.has(before) ? moved.has(before) && !newer.has(before) : isNewer
  }
  for (let size = -1; size !== moved.size; ) {
    size = moved.size
    for (const incarnation of moved) if (!places.get(incarnation)?.some(mayReplace)) moved.delete(incarnation)
  }
  return moved
}

/** Calls `look` with each record of the source that can be read, and with that of the target under the same name. */
async function eachRecord(
  source: Source,
  target: Target,
  signal: AbortSignal,
  look: (ours: StoredRecord, theirs: StoredRecord | undefined, isBlocked: boolean) => void,
): Promise<void> {
  for (const names of batches(source.names)) {
    signal.throwIfAborted()
    const [from, to] = await Promise.all([source.read(names), readBatch(target, names)])
    for (const name of names) {
      const [ours, theirs] = [recordOf(name, from), recordOf(name, to)]
      if (ours) look(ours, theirs, to.has(name) && !theirs)
    }
  }
}

/** Whether the source's record of a session has all that the target has of it under another name. */
function hasAll(ours: StoredRecord, theirs: StoredRecord): boolean {
  const joined = join(ours, { ...theirs, sessionName: ours.sessionName })
  return differences(serializeRecord(joined), serializeRecord(ours)).length === 0
}

function isOther(ours: StoredRecord, theirs: StoredRecord | undefined): boolean {
  return ours.incarnation !== undefined && theirs?.incarnation !== undefined && ours.incarnation !== theirs.incarnation
}

function recordOf(name: string, records: Records): StoredRecord | undefined {
  const stored = records.get(name)
  const copy = stored && 'value' in stored ? parseRecord(name, stored.value) : undefined
  return copy?.kind === 'found' ? copy.record : undefined
}
