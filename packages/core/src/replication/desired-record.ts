import type { JsonObject } from '../record/session-metadata.ts'

/** What a store should hold under a name, as the pool sees it at this moment. */
export interface DesiredRecord {
  /** The session or tombstone that it is of: another session of the same name is another one. */
  readonly about: object
  /** Whether that session has ended, or has another name now. */
  readonly isTombstone: boolean
  /** Grows with every change. */
  readonly revision: number
  /** The record to be written; null: none, delete it. */
  readonly record: JsonObject | null
  /**
   * When it may be written: `now`, for a session that this run created, of which no store can know anything; `answered`,
   * once the store has answered for the name; `later`, while it has not answered for this very session.
   */
  readonly when: 'now' | 'answered' | 'later'
}

/** Asked anew for each write, so that what is written is never older than the moment of writing. */
export type DesiredRecordOf = (name: string) => DesiredRecord | undefined
