import type { Clock, Logger } from '@sessionkeep/contracts'
import { PoolError } from '@sessionkeep/contracts/errors'
import { publish } from '@sessionkeep/contracts/internal'
import type { Member, Replica, ReplicaSet, StoreKey, SwitchOutcome } from '@sessionkeep/replication'
import { createAnnouncer, createDraining, createSwitcher, type SwitcherOptions } from '@sessionkeep/replication'
import type { SwitchSelection } from '@sessionkeep/selection'
import { OFF, parseSelection, type SelectionLayers } from '@sessionkeep/selection/internal'
import type { Events } from '../../sessions/events.ts'
import { followLayers } from './follow-layers.ts'
import { persistenceOf, type StatusParts } from './persistence.ts'
import { keyOf, orOff, targetOf, type Wanted } from './plan.ts'
import { preloadStores, startStores } from './start-stores.ts'
import { reasonOfRollback, resolveSwitch, type SwitchOptions, type SwitchReport } from './switch-options.ts'

export interface PersistenceOptions {
  readonly layers: SelectionLayers
  readonly replicas: ReplicaSet
  readonly clock: Clock
  readonly logger: Logger
  readonly events: Events
  readonly readOnly: boolean
  /** All times are in ms. */
  readonly timing: { readonly callTimeoutMs: number; readonly attachTimeoutMs: number; readonly maxRetryMs: number }
  /** Whether the pool starts although its primary store cannot be used as configured. */
  readonly startDegraded: boolean
  /** How diagnostics name the pool. */
  readonly pool: string
  /** Reads all records of a store and merges them into memory. */
  readonly joinStore: (replica: Replica) => Promise<void>
  readonly host: { hasListed(): boolean }
  readonly discover: () => Promise<unknown>
  readonly saved: StatusParts['saved']
  readonly state: { isStopped(): boolean; assertRunning(): void }
}

/** Attaches the stores of a pool at the start, switches them while it runs, and reports their state. */
export function createPersistence(options: PersistenceOptions) {
  const {
    layers,
    replicas,
    clock,
    logger,
    events,
    readOnly,
    timing,
    startDegraded,
    pool,
    joinStore,
    host,
    discover,
    saved,
    state,
  } = options
  const { isStopped } = state
  const addMember: SwitcherOptions['addMember'] = ({ key, role }, store, isCandidate) => {
    const announcer = createAnnouncer({
      ...{ logger, events, clock, describe: replicas.describe },
      isCandidate: () => member.isCandidate,
    })
    const member: Member = replicas.add(store, { join: joinStore, ...announcer }, { key, role, isCandidate })
    return member
  }
  const callTimeoutMs = timing.callTimeoutMs
  const draining = createDraining({ replicas, clock, callTimeoutMs, hasHostListed: host.hasListed })
  const switcher = createSwitcher({
    ...{ replicas, draining, addMember, clock, logger, events, readOnly, callTimeoutMs, isStopped },
  })
  const { attachTimeoutMs } = timing
  const starting = { replicas, addMember, logger, clock, isStopped, attachTimeoutMs, startDegraded }
  const wanted = (): Wanted => ({ desired: layers.desired(), afterRestart: layers.afterRestart() })
  const target = () => targetOf(wanted(), logger, events, replicas)
  let attached: Promise<void> | undefined

  /** Publishes the selection for diagnostics. */
  const publishSelection = (): void =>
    publish('selection', () => {
      const { store, mirror, layer, layers: each } = layers.explain()
      const flag = each.find((one) => one.layer === 'flag')?.source
      const state = each.find((one) => one.layer === layer)?.state ?? 'set'
      return { pool, store, mirror, layer, state, ...(flag === undefined ? {} : { flag }) }
    })

  const hasStarted = async (): Promise<boolean> => {
    const [outcome] = await Promise.allSettled([attached])
    return attached !== undefined && outcome?.status === 'fulfilled'
  }
  const { maxRetryMs } = timing
  const following = followLayers({
    ...{ layers, switcher, target, hasStarted, isStopped, maxRetryMs, clock, logger, events, publishSelection },
  })

  const attach = (): Promise<void> => {
    attached ??= open().catch((error: unknown) => {
      attached = undefined
      throw error
    })
    return attached
  }
  const open = async (): Promise<void> => {
    // Taken before anything else, so that a rollback during the start keeps the configured stores from being attached.
    const signal = switcher.signal()
    await layers.start()
    publishSelection()
    if (isStopped()) return
    await Promise.all([startStores(starting, wanted(), signal), preloadStores(layers.desired(), starting)])
    if (isStopped()) return
    // No store answered in time, so there was no discovery yet. Living sessions must be found without the stores.
    if (!host.hasListed()) await discover()
    if (!isStopped()) replicas.startFlushing()
  }
  const report = ({ from, to, ...outcome }: SwitchOutcome): SwitchReport => ({
    ...{ from: orOff(from), to: orOff(to) },
    ...outcome,
  })

  return {
    attach,

    async switchStore(selection: SwitchSelection, given: SwitchOptions = {}): Promise<SwitchReport> {
      state.assertRunning()
      const parsed = parseSelection(selection)
      const { reason, timeoutMs } = resolveSwitch(given)
      // Taken before the first await, so that a later rollback supersedes this call.
      const signal = switcher.signal()
      await attach()
      const request = {
        target: () =>
          targetOf(
            { desired: layers.withRuntime(parsed, reason), afterRestart: layers.afterRestart() },
            logger,
            events,
            replicas,
          ),
        timeoutMs: timeoutMs,
        onDecided() {
          layers.setRuntime(parsed, reason)
          publishSelection()
          following.clear()
        },
      }
      return report(await switcher.change(request, signal))
    },

    async rollback(given: Pick<SwitchOptions, 'reason'> = {}): Promise<SwitchReport> {
      state.assertRunning()
      const reason = reasonOfRollback(given, logger)
      layers.setRuntime({ store: OFF, mirror: [] }, reason)
      publishSelection()
      following.clear()
      return report(attached ? switcher.rollBack(target()) : switcher.unchanged())
    },

    /** Whether a restart would select the store with that key. */
    isForRestart(key: StoreKey | undefined): boolean {
      const { store, mirror, stores } = layers.afterRestart()
      return [store, ...mirror].some((choice) => keyOf(choice, stores) === key)
    },

    persistence: () =>
      persistenceOf({
        ...{ ...wanted(), replicas, switcher, failed: following.failed(), saved, readOnly },
        isStopped: isStopped(),
      }),

    /** Cancels a running switch. Once it resolves, the active stores no longer change. Call it after the pool is marked as stopped. */
    async stop(): Promise<void> {
      layers.stop()
      following.stop()
      const cancelled = switcher.cancel(
        new PoolError('POOL_STOPPED', 'The pool was stopped before the switch was done.'),
      )
      await Promise.allSettled([attached, cancelled])
    },
    /** Waits, after `stop()`, for stores that are still draining. */
    drained: draining.ended,
  }
}

export type Persistence = ReturnType<typeof createPersistence>
