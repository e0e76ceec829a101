import type { Logger } from '../contracts/logger.ts'
import type { ResolvedOptions } from '../pool/resolve-options.ts'
import type { ReplicaSet } from '../replication/replicas.ts'
import type { Events } from './events.ts'

/** What the modules of a switch and of persistence() still share; it goes once they are given what they name. */
export interface PoolCore {
  readonly options: ResolvedOptions
  readonly logger: Logger
  readonly events: Events
  readonly replicas: ReplicaSet
  readonly hostListed: boolean
  readonly stopped: boolean
  readonly assertRunning: () => void
  readonly saved: () => { readonly saved: number; readonly sessions: number }
  readonly joinStore: (replica: ReturnType<ReplicaSet['all']>[number]) => Promise<void>
  readonly discover: () => Promise<unknown>
}
