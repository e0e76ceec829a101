import { type Clock, ConfigError, codeOf, type Logger, type StoreError } from '@sessionkeep/contracts'
import { NONE_COSTS, withTimeout } from '@sessionkeep/contracts/internal'
import type { Member, ReplicaSet, SwitcherOptions } from '@sessionkeep/replication'
import {
  checkSelection,
  type DesiredSelection,
  isNone,
  loadStore,
  nameOfChoice,
  withOrigin,
} from '@sessionkeep/selection/internal'
import { planOf, type Wanted } from './plan.ts'

export interface StartOptions {
  readonly replicas: ReplicaSet
  readonly addMember: SwitcherOptions['addMember']
  readonly logger: Logger
  readonly clock: Clock
  /** How long the start waits for the stores, ms. */
  readonly attachTimeoutMs: number
  /** Whether the pool starts although its primary store cannot be used as configured. */
  readonly startDegraded: boolean
  readonly isStopped: () => boolean
}

/**
 * Loads the selected stores and attaches them at the same time. Stores that do not answer in time are attached later. When
 * `signal` is aborted, because a rollback came first, it attaches none.
 *
 * @throws A `ConfigError` when the primary store cannot be used as configured; all stores are closed then.
 */
export async function startStores(options: StartOptions, wanted: Wanted, signal: AbortSignal): Promise<void> {
  const { replicas, addMember, logger, clock, attachTimeoutMs, startDegraded, isStopped } = options
  const { desired } = wanted
  const plan = planOf(wanted, logger)
  const choices = plan.map(({ choice }) => choice)
  checkSelection(choices, desired)
  const loaded = await Promise.all(plan.map((planned) => planned.load()))
  if (isStopped() || signal.aborted) return
  if (isNone(desired.store)) logger.warn({ store: nameOfChoice(desired.store) }, NONE_COSTS)
  const members = plan.flatMap((planned, at) => {
    const store = loaded[at]
    return store ? [addMember(planned, store, false)] : []
  })
  /** A mirror that cannot be used is reported as degraded, and tried again; it must not keep a gateway from starting. */
  const attachOne = async ({ replica, role }: Member): Promise<void> => {
    try {
      await replica.attach()
    } catch (error) {
      if (role === 'primary' && !startDegraded) throw error
    }
  }
  const attach = () => Promise.all(members.map(attachOne))
  try {
    await withTimeout(attachTimeoutMs, signal, attach, { clock, keepAlive: true, onTimeout: () => undefined })
  } catch (error) {
    if (signal.aborted) return
    const failed = members.findIndex(({ replica }) => replica.error() === error)
    await replicas.clear()
    throw withOrigin(misconfigured(error), desired.origins?.choice(choices[failed] ?? desired.store))
  }
}

function misconfigured(error: unknown): unknown {
  if (codeOf(error) !== 'STORE_MISCONFIGURED') return error
  // The store names the package that it needs when that is missing.
  const isMissing = (error as StoreError).context?.package !== undefined
  const code = isMissing ? 'CONFIG_MISSING_PACKAGE' : 'CONFIG_INVALID'
  return new ConfigError(code, `The store cannot be used as configured: ${(error as Error).message}`, {
    cause: error,
  })
}

/**
 * Loads the modules of stores that are configured and not selected, so that a later switch does not have to load them while
 * requests run. No store is opened. A store that cannot be loaded is reported when it is selected.
 */
export async function preloadStores(
  desired: DesiredSelection,
  { logger, clock, attachTimeoutMs }: Pick<StartOptions, 'logger' | 'clock' | 'attachTimeoutMs'>,
): Promise<void> {
  const { store, mirror, stores } = desired
  const others = Object.keys(stores).filter((name) => name !== store && !mirror.includes(name))
  const load = () => Promise.allSettled(others.map((name) => loadStore(name, desired, logger)))
  await withTimeout(attachTimeoutMs, undefined, load, { clock, keepAlive: true, onTimeout: () => undefined })
}
