import type { CodedError } from '@sessionkeep/contracts'
import type { DesiredRecord, SpareRecord } from './desired-record.ts'
import type { Replica } from './replica.ts'

/** The object that has a name in memory: a living session, or the tombstone of a session that has ended. */
export interface Subject {
  readonly revision: number
  /** For the tombstone of a session that the pool ended: the first revision whose record says so. */
  readonly toldFrom?: number | undefined
}

/** A living session that stores should have a record of. */
export interface LivingSession {
  readonly name: string
  readonly about: Subject
  readonly revision: number
}

/** The part of the memory of the pool that replication uses. So replication depends neither on sessions nor on discovery. */
export interface SessionsPort {
  /**
   * The record that the replica should have under a name now; undefined if memory has nothing under that name. `mustRemember` says
   * whether it has to keep the record of a deleted session for another store, whose record does not say that the pool ended it.
   */
  desiredRecord(
    name: string,
    replica: Replica,
    mustRemember: (tombstone: Subject) => boolean,
  ): DesiredRecord | undefined
  /** Notes that a spare record is being stored, and returns the tombstone by which it is removed later. */
  noteSpare(spare: SpareRecord): Subject
  /** The living session or tombstone that has a name. */
  subject(name: string): Subject | undefined
  /** The tombstones of the session of this one: one under each name that it had, and that no other session has now. This one alone if there are none. */
  tombstonesLike(tombstone: Subject): readonly LivingSession[]
  /** All living sessions. */
  living(): readonly LivingSession[]
  /** The living sessions that changed since the last call; `since` is when, monotonic ms. */
  takeChanged(): ReadonlyArray<LivingSession & { readonly since: number }>
  /** Notes that the session of that name is being written to every store, so that `takeChanged()` need not return it. */
  noteUrgent(name: string): void
  /** Notes that every store has acknowledged this tombstone or does not need it. */
  settled(name: string, tombstone: Subject): void
  /** The workspace of a name, for logs. */
  describe(name: string): string | undefined
}

/** The events of the pool about stores. */
export interface StoreEvents {
  'store:attached': { store: string }
  'store:degraded': { store: string; error: CodedError }
  'store:locked': { store: string; error: CodedError }
  'store:contended': { store: string; error: CodedError }
}

/** Where replication reports events. */
export interface StoreEventsPort {
  emit<Name extends keyof StoreEvents>(event: Name, payload: StoreEvents[Name]): void
}
