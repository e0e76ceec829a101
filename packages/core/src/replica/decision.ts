import type { JsonObject } from '../record/session-metadata.ts'

/** What a store should hold under a name, as the pool sees it at this moment. */
export interface Decision {
  /** What it speaks of: another session of the same name is another subject. */
  readonly about: object
  /** Grows with every change of the subject. */
  readonly revision: number
  /** The record to be written; null: none, delete it. */
  readonly record: JsonObject | null
  /** True for a session that this run created: its incarnation is new, so no store knows anything of it. */
  readonly fresh: boolean
}

/** Asked anew for each write, so that what is written is never older than the moment of writing. */
export type Decide = (name: string) => Decision | undefined
