import type { CodedError } from '../errors/coded-error.ts'
import type { DesiredRecord } from './desired-record.ts'
import type { Replica } from './replica.ts'

/** What a name stands for in the pool's memory: a living session, or the tombstone of one that ended. */
export interface Subject {
  readonly revision: number
}

/** A living session that stores are to have. */
export interface LivingSession {
  readonly name: string
  readonly about: Subject
  readonly revision: number
}

/** What replication has to know of the pool's memory; it knows neither sessions nor how they are found. */
export interface SessionsPort {
  /** What the replica should hold under a name now; undefined: nothing is known of that name. */
  desiredRecord(name: string, replica: Replica): DesiredRecord | undefined
  subject(name: string): Subject | undefined
  living(): readonly LivingSession[]
  /** Those that have changed since the last call; `since`: monotonic ms. */
  takeChanged(): ReadonlyArray<LivingSession & { readonly since: number }>
  /** The session of that name is being written everywhere: it need not be handed out as changed. */
  noteUrgent(name: string): void
  /** Every store has acknowledged this tombstone, or has nothing to do with it. */
  settled(name: string, tombstone: Subject): void
  /** The workspace of a name, for logs. */
  describe(name: string): string | undefined
}

/** What becomes of stores, as the pool's events tell it. */
export interface StoreEvents {
  'store:attached': { store: string }
  'store:degraded': { store: string; error: CodedError }
  'store:locked': { store: string; error: CodedError }
}

/** Where replication tells what becomes of stores. */
export interface StoreEventsPort {
  emit<Name extends keyof StoreEvents>(event: Name, payload: StoreEvents[Name]): void
}
