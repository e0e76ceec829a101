import { PoolError } from '../../errors/pool-error.ts'
import type { StoreKey } from '../../replication/store-key.ts'
import type { SwitchOptions, SwitchReport } from '../../replication/switch/switch-report.ts'
import { createSwitching } from '../../replication/switch/switching.ts'
import { parseSelection, type SwitchSelection } from '../../selection/parse-selection.ts'
import type { StoreSelection } from '../../selection/selection.ts'
import type { SelectionLayers } from '../../selection/selection-layers.ts'
import type { PoolCore } from '../../sessions/pool-core.ts'
import { createFollowing } from './follow-layers.ts'
import { loadAhead } from './load-ahead.ts'
import { persistenceOf } from './persistence.ts'
import { keyOf, type Wanted } from './plan.ts'
import { startStores } from './start-stores.ts'
import { reasonOfRollback, resolveSwitch } from './switch-options.ts'

/** Which stores are behind the pool: attaching them at start, changing them while it runs, and how they stand. */
export function createPersistence(core: PoolCore, layers: SelectionLayers) {
  const switching = createSwitching(core)
  const wanted = (): Wanted => ({ desired: layers.desired(), afterRestart: layers.afterRestart() })
  let attached: Promise<void> | undefined
  const started = async (): Promise<boolean> => {
    const [outcome] = await Promise.allSettled([attached])
    return attached !== undefined && outcome?.status === 'fulfilled'
  }
  const following = createFollowing(core, layers, switching, wanted, started)

  const attach = (): Promise<void> => {
    attached ??= open().catch((error: unknown) => {
      attached = undefined
      throw error
    })
    return attached
  }
  const open = async (): Promise<void> => {
    // A rollback while it starts: from then on nothing of what was configured is to be attached.
    const signal = switching.signal()
    await layers.start()
    if (core.stopped) return
    await Promise.all([startStores(core, wanted(), signal), loadAhead(core, wanted().desired)])
    if (!core.stopped) core.replicas.startFlushing()
  }

  return {
    attach,

    async switchStore(selection: SwitchSelection, options: SwitchOptions = {}) {
      core.assertRunning()
      const parsed = parseSelection(selection)
      const { reason, deadlineMs } = resolveSwitch(options)
      // A rollback from here on is later than this call.
      const signal = switching.signal()
      await attach()
      const request = {
        wanted: () => ({ desired: layers.withRuntime(parsed, reason), afterRestart: layers.afterRestart() }),
        deadlineMs,
        decided() {
          layers.setRuntime(parsed, reason)
          following.clear()
        },
      }
      return switching.change(request, signal)
    },

    async rollback(options: Pick<SwitchOptions, 'reason'> = {}): Promise<SwitchReport> {
      core.assertRunning()
      const reason = reasonOfRollback(options, core.logger)
      const selection: StoreSelection = { store: 'memory', mirror: [] }
      layers.setRuntime(selection, reason)
      following.clear()
      return attached ? switching.overtake(layers.desired()) : switching.nothing()
    },

    /** Whether the store of that key is among those that a restart would select. */
    isForRestart(key: StoreKey | undefined): boolean {
      const { store, mirror, stores } = layers.afterRestart()
      return [store, ...mirror].some((choice) => keyOf(choice, stores) === key)
    },

    persistence: () => persistenceOf(core, { ...wanted(), switching, failed: following.failed() }),

    /** Gives up what is under way; from its end on the stores that take part stay the same. To be called once the pool is stopped. */
    async stop(): Promise<void> {
      layers.stop()
      following.stop()
      const cancelled = switching.cancel(
        new PoolError('POOL_STOPPED', 'The pool was stopped before the switch was made.'),
      )
      await Promise.allSettled([attached, cancelled])
    },
    /** After `stop()`: waits for the stores that were let go before. */
    left: switching.left,
  }
}

export type Persistence = ReturnType<typeof createPersistence>
