import type { Clock, Logger, StoreError } from '@sessionkeep/contracts'
import { createLogLimiter } from '@sessionkeep/contracts/internal'
import type { ReplicaState } from './connection.ts'
import type { StoreEventsPort } from './ports.ts'
import type { Replica } from './replica.ts'
import type { ReplicaHooks } from './replicas.ts'

/** How many failures of single names are logged one by one; later ones appear in summaries alone. */
const NAMES_LOGGED = 20

/** The parameters of {@link createAnnouncer}. */
interface AnnouncerOptions {
  readonly logger: Logger
  readonly events: StoreEventsPort
  readonly clock: Clock
  /** The workspace of a session name, for log lines. */
  readonly describe: (name: string) => string | undefined
  /** Whether a switch is still preparing the store. Nothing is reported then, since the switch itself reports its outcome. */
  readonly isCandidate: () => boolean
}

/** Reports that a store may be written now, in the log and as an event. */
export function announceAttached(logger: Logger, events: StoreEventsPort, store: string, facts: object = {}): void {
  logger.info({ store, ...facts }, 'Store attached')
  events.emit('store:attached', { store })
}

/**
 * Reports the state of one store in the log and as events: a fault once when it begins, then in summaries, and once when it
 * has ended.
 */
export function createAnnouncer({
  logger,
  events,
  clock,
  describe,
  isCandidate,
}: AnnouncerOptions): Pick<ReplicaHooks, 'onState' | 'onNameFailed'> {
  const failing = createLogLimiter({ clock })
  let isContended = false
  const failingNames = createLogLimiter({ burst: NAMES_LOGGED, clock })

  const announceFailing = (replica: Replica, error: StoreError): void => {
    const summary = failing.happened()
    const fields = { store: replica.label, code: error.code, err: error, dirty: replica.dirtyCount(), recovered: false }
    if (summary === 'first') {
      if (replica.isJoined()) logger.warn(fields, 'Failed to save session metadata')
      else logger.warn(fields, 'Failed to load session metadata')
      events.emit('store:degraded', { store: replica.label, error })
    } else if (summary) logger.warn({ ...fields, ...summary }, 'Store still failing - serving without it')
  }

  return {
    onState(replica: Replica, state: ReplicaState, error: StoreError | undefined): void {
      if (isCandidate()) return
      const store = replica.label
      const contended = replica.contended()
      const isNew = contended !== undefined && !isContended
      isContended = contended !== undefined
      if (isNew) {
        const fields = { store, code: contended.code, err: contended }
        logger.warn(fields, 'Another gateway writes the same records in a store without a lease')
        events.emit('store:contended', { store, error: contended })
      }
      if (state === 'attached') {
        failingNames.ended()
        announceAttached(logger, events, store, failing.ended())
      }
      if (state === 'locked' && error) {
        const fields = { store, code: error.code, err: error, dirty: replica.dirtyCount() }
        logger.warn(fields, 'Store locked by another writer - serving without it until it is free')
        events.emit('store:locked', { store, error })
      }
      if (state === 'degraded' && error) announceFailing(replica, error)
    },
    onNameFailed(replica: Replica, name: string, error: StoreError): void {
      const summary = failingNames.happened()
      if (!summary) return
      const fields = { workspace: describe(name), store: replica.label, recovered: false, code: error.code, err: error }
      logger.warn({ ...fields, ...(summary === 'first' ? {} : summary) }, 'Failed to save session metadata')
    },
  }
}
