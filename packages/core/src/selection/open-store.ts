import { withDeadline } from '../async/deadline.ts'
import { loadConfig } from '../config/load-config.ts'
import type { MetadataOptions } from '../context/options.ts'
import type { Logger } from '../contracts/logger.ts'
import type { MetadataStore } from '../contracts/metadata-store.ts'
import { defaultLogger } from '../logging/default-logger.ts'
import { safeLogger } from '../logging/safe-logger.ts'
import { checkLoadable } from './check-loadable.ts'
import { readEnvironment } from './environment.ts'
import { loadStore } from './load-store.ts'
import { canonicalName } from './names.ts'
import { originOf } from './origin.ts'
import { resolveSelection } from './resolve-selection.ts'
import type { DesiredSelection, StoreChoice } from './selection.ts'

export interface OpenStoreOptions {
  /** True: no lock is taken, nothing is changed, and writing calls reject with `STORE_READ_ONLY`. Default false. */
  readonly readOnly?: boolean | undefined
  /** Where relative names start, and where a configuration is looked for. Default: the working directory. */
  readonly cwd?: string | undefined
  /** Whose options the stores get. Default: what `loadConfig({ cwd })` gives. A flag in it is not asked. */
  readonly metadata?: Pick<MetadataOptions, 'store' | 'mirror' | 'stores' | 'source'> | undefined
  /** Options of stores, over those of `metadata`, store by store. */
  readonly stores?: Readonly<Record<string, unknown>> | undefined
  /** The records of the pool with this `poolId`. Default: of pools without one. */
  readonly poolId?: string | undefined
  /** For whom a store with a lock takes it: a `poolId`, else a session prefix. Default: the `poolId`, else for everyone. */
  readonly owner?: string | undefined
  /** Gives up opening. */
  readonly signal?: AbortSignal | undefined
  /** How long opening may take, ms. Default 5000. */
  readonly deadlineMs?: number | undefined
  /** Default: pino on standard error, from `warn` up. */
  readonly logger?: Logger | undefined
}

/** A store that is open; `close()` again does nothing. */
export type OpenedStore = MetadataStore & { close(): Promise<void> }

/**
 * Opens a store without a pool, for tools. `auto` is the store that environment, configuration and default come to, in this
 * order; anything else is a name, a package, a path, or a store. Options are the configuration's, and the environment's
 * over them, as for a pool.
 *
 * Rejects with a `ConfigError` where there is no such store or its options are wrong, with what the store's `open()` rejects with
 * (`STORE_LOCKED` where a gateway has it and `readOnly` is not given), with `STORE_TIMEOUT` after `deadlineMs`, and with
 * the reason of `signal`. After a rejection nothing is left open.
 */
export async function openStore(selection: StoreChoice, options: OpenStoreOptions = {}): Promise<OpenedStore> {
  const { readOnly = false, cwd = process.cwd(), poolId, owner = poolId, deadlineMs = 5000, signal } = options
  signal?.throwIfAborted()
  const logger = safeLogger(options.logger ?? defaultLogger())
  const desired = await wanted(selection, options, cwd, logger)
  const store = await loadStore(desired.store, desired.stores, logger, desired.directory)
  // What was given up meanwhile is not begun: a store hears of it only while it opens.
  signal?.throwIfAborted()
  const close = once(async () => store.close?.())
  let isLate = false
  try {
    await withDeadline(
      `Opening the store "${store.name}"`,
      deadlineMs,
      (late) =>
        store.open?.({
          signal: signal ? AbortSignal.any([signal, late]) : late,
          logger,
          namespace: poolId,
          owner,
          readOnly,
        }),
      (settled) => {
        isLate = true
        // Whether it opened after all is not known; then it is let go, by nobody's leave.
        settled
          .then(close)
          .catch((err: unknown) => logger.warn({ store: store.name, err }, 'A store could not be closed'))
      },
    )
  } catch (error) {
    if (!isLate) await Promise.allSettled([withDeadline(`Closing the store "${store.name}"`, deadlineMs, close)])
    throw error
  }
  return asOpened(store, close)
}

async function wanted(
  selection: StoreChoice,
  options: OpenStoreOptions,
  cwd: string,
  logger: Logger,
): Promise<DesiredSelection> {
  const metadata = options.metadata ?? (await loadConfig({ cwd }))
  const environment = readEnvironment(process.env, cwd)
  const { store, source } = metadata
  const config = store === undefined ? {} : { store: typeof store === 'string' ? canonicalName(store, cwd) : store }
  const asked = typeof selection === 'string' ? canonicalName(selection, cwd) : selection
  const values = selection === 'auto' ? { environment: environment.value, config } : { runtime: { store: asked } }
  const desired: DesiredSelection = {
    ...resolveSelection(values),
    mirror: [],
    stores: environment.applyTo({ ...metadata.stores, ...options.stores }),
    directory: source?.directory ?? cwd,
    since: Date.now(),
  }
  await checkLoadable(desired, logger, (choice) => originOf(choice, desired, environment, source?.file, undefined))
  return desired
}

/** The store with its methods as they are, and an end that comes once. */
function asOpened(store: MetadataStore, close: () => Promise<void>): OpenedStore {
  const { setAside } = store
  return {
    name: store.name,
    // Asked for anew: what a store promises may be known better later.
    get capabilities() {
      return store.capabilities
    },
    getMany: (names, call) => store.getMany(names, call),
    setMany: (records, call) => store.setMany(records, call),
    deleteMany: (names, call) => store.deleteMany(names, call),
    list: (call) => store.list(call),
    ...(setAside ? { setAside: (names, call) => setAside.call(store, names, call) } : {}),
    close,
  }
}

function once(run: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => {
    done ??= run()
    return done
  }
}
