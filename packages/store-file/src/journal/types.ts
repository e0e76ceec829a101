import type { Stats } from 'node:fs'
import type { Logger, StoreError } from '@sessionkeep/contracts'
import type { WriteTarget } from '@sessionkeep/disk'
import type { BytesOf } from './overlay.ts'
import type { SegmentReader } from './read-segments.ts'

/** A record to be written, as JSON; or null, when it is to be removed. */
export interface Change {
  readonly name: string
  readonly text: string | null
}

/** The errors of single names. */
export type Failures = ReadonlyMap<string, StoreError>

/** What {@link openJournal} needs. */
export interface JournalOptions {
  readonly target: WriteTarget
  readonly owner: string | undefined
  readonly reader: SegmentReader
  readonly bytesOf: BytesOf
  readonly logger: Logger
  /** Writes and removes files as durably as the store promises, and returns the errors of single names; see `writeFiles()`. */
  readonly writeFiles: (
    changes: readonly Change[],
    onChanged: (name: string, put: Stats | undefined) => Promise<void>,
  ) => Promise<Failures>
  /** Rejects while the directory is missing, and when it was replaced. */
  readonly check: () => Promise<unknown>
}
