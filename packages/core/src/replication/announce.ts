import { createOccasional } from '../base/log-limiter.ts'
import type { StoreError } from '../errors/store-error.ts'
import type { PoolCore } from '../sessions/pool-core.ts'
import type { ReplicaState } from './connection.ts'
import type { Replica } from './replica.ts'
import type { ReplicaHooks } from './replicas.ts'

/** So many names that fail alone are said one by one. */
const NAMES_SAID = 20

/** Says what becomes of a store, in the log and as events: each fault once, then summaries, then its end. */
export function tellOf(core: PoolCore, isCandidate: () => boolean): Pick<ReplicaHooks, 'onState' | 'onNameFailed'> {
  const failing = createOccasional()
  const failingNames = createOccasional(NAMES_SAID)

  const tellFailing = (replica: Replica, error: StoreError): void => {
    const said = failing.happened()
    const fields = { store: replica.label, code: error.code, err: error, dirty: replica.dirtyCount(), recovered: false }
    if (said === 'first') {
      const message = replica.isJoined() ? 'Failed to save session metadata' : 'Failed to load session metadata'
      core.logger.warn(fields, message)
      core.events.emit('store:degraded', { store: replica.label, error })
    } else if (said) core.logger.warn({ ...fields, ...said }, 'Store still failing - serving without it')
  }

  return {
    onState(replica: Replica, state: ReplicaState, error: StoreError | undefined): void {
      // Whoever prepares it is told by the outcome.
      if (isCandidate()) return
      const store = replica.label
      if (state === 'attached') {
        failingNames.ended()
        core.logger.info({ store, ...failing.ended() }, 'Store attached')
        core.events.emit('store:attached', { store })
      }
      if (state === 'locked' && error) {
        core.logger.warn(
          { store, code: error.code, err: error, dirty: replica.dirtyCount() },
          'Store locked by another writer - serving without it until it is free',
        )
        core.events.emit('store:locked', { store, error })
      }
      if (state === 'degraded' && error) tellFailing(replica, error)
    },
    onNameFailed(replica: Replica, name: string, error: StoreError): void {
      const workspace = core.replicas.describe(name)
      const said = failingNames.happened()
      if (!said) return
      core.logger.warn(
        {
          workspace,
          store: replica.label,
          recovered: false,
          code: error.code,
          err: error,
          ...(said === 'first' ? {} : said),
        },
        'Failed to save session metadata',
      )
    },
  }
}
