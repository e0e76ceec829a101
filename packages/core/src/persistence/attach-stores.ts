import { atMost } from '../async/deadline.ts'
import type { PoolCore } from '../context/pool-core.ts'
import { askWhole } from '../discovery/ask-stores.ts'
import type { Survey } from '../discovery/survey.ts'
import { codeOf } from '../errors/code-of.ts'
import { ConfigError } from '../errors/config-error.ts'
import type { StoreError } from '../errors/store-error.ts'
import type { Replica } from '../replica/replica.ts'
import type { ReplicaState } from '../replica/replica-state.ts'
import { checkSelection } from '../selection/check-selection.ts'
import { loadStore, STORE_NAMES } from '../selection/load-store.ts'
import type { DesiredSelection } from '../selection/selection.ts'
import { NONE_COSTS } from '../stores/none-store.ts'

/**
 * Loads the wanted stores and attaches them side by side; goes on without those that are not there in time.
 * Rejects with a `ConfigError` where a store cannot be had as configured, and then holds nothing.
 */
export async function attachStores(core: PoolCore, survey: Survey, desired: DesiredSelection): Promise<void> {
  const { attachDeadlineMs } = core.options.metadata
  const { stores, directory } = desired
  const selections = [desired.store, ...desired.mirror]
  checkSelection(selections, stores, STORE_NAMES)
  const loaded = await Promise.all(selections.map((selection) => loadStore(selection, stores, core.logger, directory)))
  if (core.stopped) return
  if (loaded[0]?.name === 'none') core.logger.warn({ store: 'none' }, NONE_COSTS)
  const replicas = loaded.map((store) =>
    core.replicas.add(store, {
      join: (replica) => joinThrough(core, survey, replica),
      onState: (replica, state, error) => tellState(core, replica, state, error),
      onNameFailed: (replica, name, error) => tellNameFailed(core, replica, name, error),
    }),
  )
  try {
    await atMost(attachDeadlineMs, Promise.all(replicas.map((replica) => replica.attach())))
  } catch (error) {
    await core.replicas.clear()
    throw misconfigured(error)
  }
  // Without a store that answered in time there was no survey yet: what lives is served all the same.
  if (!core.hostListed) await survey()
}

/** Read outside of the survey's turn: a store that takes its time does not hold up what is known without it. */
async function joinThrough(core: PoolCore, survey: Survey, replica: Replica): Promise<void> {
  const answer = await askWhole(core, replica)
  const { storeErrors } = await survey({ joining: new Map([[replica, answer]]) })
  const error = storeErrors.get(replica)
  if (error) throw error
}

function tellState(core: PoolCore, replica: Replica, state: ReplicaState, error: StoreError | undefined): void {
  const store = replica.label
  if (state === 'attached') {
    core.logger.info({ store }, 'Store attached')
    core.events.emit('store:attached', { store })
  }
  if (!error) return
  const fields = { store, code: error.code, err: error, dirty: replica.dirtyCount() }
  if (state === 'locked') {
    core.logger.warn(fields, 'Store locked by another writer - serving without it until it is free')
    core.events.emit('store:locked', { store, error })
  }
  if (state === 'degraded') {
    const message = replica.isJoined() ? 'Failed to save session metadata' : 'Failed to load session metadata'
    core.logger.warn({ ...fields, recovered: false }, message)
    core.events.emit('store:degraded', { store, error })
  }
}

function tellNameFailed(core: PoolCore, replica: Replica, name: string, error: StoreError): void {
  const workspace = core.memory.named(name)?.workspace ?? core.codec.decode(name)
  core.logger.warn(
    { workspace, store: replica.label, recovered: false, code: error.code, err: error },
    'Failed to save session metadata',
  )
}

function misconfigured(error: unknown): unknown {
  if (codeOf(error) !== 'STORE_MISCONFIGURED') return error
  return new ConfigError('CONFIG_INVALID', `The store cannot be used as configured: ${(error as Error).message}`, {
    cause: error,
  })
}
