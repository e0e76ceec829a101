import { parseRecord } from '@sessionkeep/core/store'
import { batches, readBatch, type Stored } from '../stores/records.ts'
import type { Source, Target } from './ends.ts'

type Records = ReadonlyMap<string, Stored>

/**
 * Returns a function that says which sessions of a target a copy also writes under another name, for {@link decide}. The source is
 * read once more, but only if a name belongs to another session in each of both.
 */
export function createMoves(source: Source, target: Target) {
  let known: Promise<ReadonlySet<string>> | undefined
  return async (names: readonly string[], from: Records, to: Records): Promise<(incarnation: string) => boolean> => {
    if (!names.some((name) => hasOther(name, from, to))) return () => false
    known ??= movedIn(source, target)
    const moved = await known
    return (incarnation) => moved.has(incarnation)
  }
}

/** The incarnations that the copy brings to another name than the one under which the target has them now. */
async function movedIn(source: Source, target: Target): Promise<ReadonlySet<string>> {
  /** The names at which the source has each incarnation, and what the target has there: another, older session does not count. */
  const places = new Map<string, Array<string | undefined>>()
  for (const names of batches(source.names)) {
    const [from, to] = await Promise.all([source.read(names), readBatch(target, names)])
    for (const name of names) {
      const [ours, theirs] = [recordOf(name, from), recordOf(name, to)]
      if (ours?.incarnation === undefined || (to.has(name) && !theirs)) continue
      const isReplaced = !hasOther(name, from, to) || ours.createdAt > (theirs?.createdAt ?? 0)
      const before = isReplaced ? undefined : theirs?.incarnation
      places.set(ours.incarnation, [...(places.get(ours.incarnation) ?? []), before])
    }
  }
  // A session gets its name if the session that the target has there gets another one. In a ring, all of them do.
  const moved = new Set(places.keys())
  for (let size = -1; size !== moved.size; ) {
    size = moved.size
    for (const incarnation of moved) {
      const isWritten = places.get(incarnation)?.some((before) => before === undefined || moved.has(before))
      if (!isWritten) moved.delete(incarnation)
    }
  }
  return moved
}

function hasOther(name: string, from: Records, to: Records): boolean {
  const [ours, theirs] = [recordOf(name, from)?.incarnation, recordOf(name, to)?.incarnation]
  return ours !== undefined && theirs !== undefined && ours !== theirs
}

function recordOf(name: string, records: Records) {
  const stored = records.get(name)
  const copy = stored && 'value' in stored ? parseRecord(name, stored.value) : undefined
  return copy?.kind === 'found' ? copy.record : undefined
}
