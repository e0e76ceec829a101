import type { JsonObject } from '@sessionkeep/contracts'

/** The record that a store should have under a name, as memory is at this moment. */
export interface DesiredRecord {
  /** The session or tombstone that the record is of. Another session of the same name is another object. */
  readonly about: object
  /** Whether that session has ended or now has another name. */
  readonly isTombstone: boolean
  /** The revision of the session; it grows with every change. */
  readonly revision: number
  /** The record to be written; null: delete it. */
  readonly record: JsonObject | null
  /**
   * When the record may be written: `now` for a session that this run created, since no store can have a record of it;
   * `answered` once the store has answered for the name; `later` while the store has not answered for this very session, or,
   * for a former name, has not acknowledged the new one.
   */
  readonly when: 'now' | 'answered' | 'later'
  /** Whether the store owes the tombstone also after this write, because the record may only be removed later. */
  readonly isInterim?: boolean
  /** Makes the spare record of another session, if this write would replace its only record and must not wait: sessions swapped their names, or many moved on by one. */
  readonly spare?: (() => SpareRecord) | undefined
}

/** The record of a session under a name that no session has. It stays until the session is stored under its own name. */
export interface SpareRecord {
  readonly name: string
  readonly about: object
  readonly record: JsonObject
}

/** Gives the desired record of a name. Called for each write, so that every write has the newest state. */
export type DesiredRecordOf = (name: string) => DesiredRecord | undefined
