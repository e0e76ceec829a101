import { join, type StoredRecord, StoreError } from '@sessionkeep/contracts'
import { joinPast, pastOf } from '@sessionkeep/contracts/internal'

/** The incarnations that live on the host; undefined if the host does not say. */
export type Living = ReadonlySet<string> | undefined

/**
 * Merges a record that lies under a former id with the present record of its name. Two copies of one session are joined. Of two
 * sessions, the one that lives counts, else the one that was used last. If that is the former one, the present one becomes a
 * part of its past. Otherwise the result is undefined, and the former record has to stay where it is.
 *
 * @throws `STORE_UNAVAILABLE` if only the host could say which of two sessions lives, and it does not answer.
 */
export function mergeFormer(
  present: StoredRecord | undefined,
  former: StoredRecord,
  owner: string,
  living: Living,
): StoredRecord | undefined {
  if (!present) return former
  if (present.incarnation === former.incarnation) return join(present, former)
  if (present.workspace !== former.workspace || (present.pool ?? owner) !== owner) return undefined
  if (!living)
    throw new StoreError(
      'STORE_UNAVAILABLE',
      `The record of ${former.sessionName} under a former id of this pool cannot be moved before the host says which sessions live.`,
      { context: { sessionName: former.sessionName } },
    )
  const lives = ({ incarnation }: StoredRecord) => incarnation !== undefined && living.has(incarnation)
  const isFormer = lives(former) || (!lives(present) && former.lastActivityAt > present.lastActivityAt)
  return isFormer ? { ...former, past: joinPast(former.past, pastOf(present)) } : undefined
}
