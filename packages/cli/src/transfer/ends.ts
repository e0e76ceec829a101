import type { OpenStore } from '../stores/open.ts'
import type { Stored } from '../stores/records.ts'
import type { Writer } from '../stores/writer.ts'

/** The records that a transfer reads, batch by batch, in the order of their names. */
export interface Source {
  readonly names: readonly string[]
  read(names: readonly string[]): Promise<ReadonlyMap<string, Stored>>
}

/** The target of a transfer. A dry run opens it only for reading, so it cannot write. */
export type Target = OpenStore & Partial<Pick<Writer, 'write' | 'remove'>>
