import type { KeyedQueue } from '../../base/keyed-queue.ts'
import type { Look, Survey } from '../../discovery/discover.ts'
import type { PoolCore } from '../../sessions/pool-core.ts'
import type { Persistence } from '../stores/persistence-verbs.ts'

/** What the asynchronous verbs stand on. */
export interface Verbs {
  readonly core: PoolCore
  /** Creations and deletions of one workspace take turns. */
  readonly queue: KeyedQueue
  /** Loads and attaches the stores, once. Rejects with a `ConfigError` for what can never work. */
  readonly attach: () => Promise<void>
  readonly persistence: Persistence
  /** Compares memory with the host alone: never waits for a store. */
  readonly look: Look
  /** Compares memory with host and stores. */
  readonly survey: Survey
}
