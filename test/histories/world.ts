import type { MemoryHost, SessionPool } from '@sessionkeep/core'
import type { Disk, Gate } from './gate.ts'
import type { Model } from './model.ts'

/** One process: a pool and its ways to the outside. */
export interface Process {
  readonly pool: SessionPool
  readonly gate: Gate
  readonly killHost: () => void
  /** Incarnations that this process has deleted: none of them has a record at rest. */
  readonly deleted: Set<string>
  /** Fulfils when it is killed. */
  readonly death: Promise<void>
  dead: boolean
  /** Whether it has had the store to itself. */
  attached: boolean
}

/** What outlives the processes, and what is found out about them. */
export interface World {
  readonly host: MemoryHost
  readonly disk: Disk
  readonly model: Model
  /** The highest revision of each incarnation that is on the disk for sure, and whose record stands under each name. */
  readonly revisions: Map<string, number>
  readonly holders: Map<string, string>
  readonly faults: string[]
  readonly trace: string[]
  complain(message: string): void
}
