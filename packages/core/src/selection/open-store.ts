import * as z from 'zod'
import { checkOptions, strictOptions } from '../base/check-options.ts'
import { systemClock } from '../base/clock.ts'
import { defaultLogger } from '../base/default-logger.ts'
import { abortSignal, deadline, loggerType, optionsObject, poolIdType } from '../base/option-types.ts'
import { safeLogger } from '../base/safe-logger.ts'
import { withTimeout } from '../base/timeout.ts'
import { workingDirectory } from '../base/working-directory.ts'
import type { MetadataOptions } from '../contracts/config-source.ts'
import type { Logger } from '../contracts/logger.ts'
import type { MetadataStore } from '../contracts/metadata-store.ts'
import { ConfigError } from '../errors/config-error.ts'
import { toStoreError } from '../errors/store-error.ts'
import { checkLoadable } from './check-selection.ts'
import { readEnvironment } from './environment.ts'
import { assertDirectory, loadConfig } from './file/load-config.ts'
import { loadStore } from './load-store.ts'
import { metadataOptions } from './metadata-schema.ts'
import { canonicalChoice } from './names.ts'
import { originsOf } from './origin.ts'
import { isChoice } from './parse-selection.ts'
import { type DesiredSelection, resolveSelection, type StoreChoice } from './selection.ts'
import { withCanonicalNames, writtenStores } from './store-options.ts'
import { assertNeedsNoConfig, notInUse } from './unusable-config.ts'

/** A store that is open; `close()` again does nothing. */
export type OpenedStore = MetadataStore & AsyncDisposable & { close(): Promise<void> }

/** The options of {@link openStore}. */
export interface OpenStoreOptions {
  /** True: no lock is taken, nothing is changed, and writing calls reject with `STORE_READ_ONLY`. Default false. */
  readonly readOnly?: boolean | undefined
  /** Where relative names start, and where a configuration is looked for; a directory that is there. Default: the working directory. */
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
  /** How long opening may take, and closing, ms. Default 5000. */
  readonly timeoutMs?: number | undefined
  /** Default: pino on standard error, from `warn` up. */
  readonly logger?: Logger | undefined
}

const path = z.string('must be a path').min(1, 'must be a path')
const schema = strictOptions({
  readOnly: z.boolean().optional(),
  cwd: path.optional(),
  metadata: metadataOptions.optional(),
  stores: optionsObject.pipe(z.record(z.string(), z.unknown())).optional(),
  poolId: poolIdType.optional(),
  owner: poolIdType.optional(),
  signal: abortSignal.optional(),
  timeoutMs: deadline.optional(),
  logger: loggerType.optional(),
})

/**
 * Opens a store without a pool, for tools. `auto` is the store that environment, configuration and default come to, in this
 * order; anything else is a name, a package, a path, or a store. Options are the configuration's, and the environment's
 * over them, as for a pool.
 *
 * Rejects with a `ConfigError` where there is no such store, its options are wrong, or those of this call cannot be meant;
 * with a `StoreError` where it cannot be opened (`STORE_LOCKED` where a gateway has it and `readOnly` is not given,
 * `STORE_TIMEOUT` after `timeoutMs`); and with the reason of `signal`. After a rejection nothing is left open, but for a
 * store that hangs: it is closed when it has opened after all. `close()` rejects with a `StoreError` too.
 */
export async function openStore(selection: StoreChoice, options: OpenStoreOptions = {}): Promise<OpenedStore> {
  const checked = checkOptions('openStore()', schema, options)
  const { readOnly = false, cwd = workingDirectory(), poolId, owner = poolId, timeoutMs = 5000, signal } = checked
  await assertDirectory('openStore()', cwd)
  signal?.throwIfAborted()
  const logger = safeLogger(options.logger ?? defaultLogger())
  const desired = await wanted(selection, options, cwd, logger)
  const store = await loadStore(desired.store, desired, logger)
  // What was given up meanwhile is not begun: a store hears of it only while it opens.
  signal?.throwIfAborted()
  const close = closeOnce(store, timeoutMs)
  let opening: Promise<void> = Promise.resolve()
  const open = (signal: AbortSignal): Promise<void> => {
    opening = (async () => store.open?.({ signal, logger, namespace: poolId, owner, readOnly }))()
    return opening
  }
  let isUnderWay = true
  const ended = () => {
    isUnderWay = false
  }
  try {
    const what = `open() of store ${store.name}`
    await withTimeout(timeoutMs, signal, (signal) => open(signal).finally(ended), { what, keepAlive: true })
  } catch (error) {
    // It may still open later, and is then closed in the background.
    const closing = Promise.allSettled([opening])
      .then(close)
      .catch((err: unknown) => logger.warn({ store: store.name, err }, 'A store could not be closed'))
    if (!isUnderWay) await closing
    throw signal?.aborted && error === signal.reason ? error : toStoreError(error, store.name, 'open')
  }
  return asOpened(store, close)
}

async function wanted(
  selection: StoreChoice,
  options: OpenStoreOptions,
  cwd: string,
  logger: Logger,
): Promise<DesiredSelection> {
  if (!isChoice(selection)) {
    throw new ConfigError('CONFIG_INVALID', 'openStore() takes the name of a store, "auto", or a store object.')
  }
  const loaded = options.metadata ?? (await loadConfig({ cwd }))
  const environment = readEnvironment(process.env, cwd)
  const { source } = loaded
  const { store, stores } = withCanonicalNames({ store: loaded.store, stores: loaded.stores }, cwd)
  const own = withCanonicalNames({ stores: options.stores }, cwd).stores
  const asked = canonicalChoice(selection, cwd)
  const values =
    selection === 'auto'
      ? { environment: environment.value, config: store === undefined ? {} : { store } }
      : { runtime: { store: asked } }
  const resolution = { ...resolveSelection(values), mirror: [] }
  const origins = originsOf(resolution, {
    environment,
    config: { origin: source?.file, stores: stores ?? {} },
    flagKey: undefined,
  })
  const desired: DesiredSelection = {
    ...resolution,
    stores: { ...writtenStores(stores, source?.loaded.stores), ...writtenStores(own) },
    directory: source?.directory ?? cwd,
    environment,
    since: systemClock.date(),
    origins,
  }
  if (source?.fault) {
    assertNeedsNoConfig(desired, source.fault)
    const { message, code } = notInUse(source.fault)
    logger.warn(
      { layer: 'config', state: 'invalid', detail: message, code },
      'A layer of the selection cannot be used - it is skipped',
    )
  }
  await checkLoadable(desired, logger)
  return desired
}

/** The store with its methods as they are, and a `close()` that closes once. */
function asOpened(store: MetadataStore, close: () => Promise<void>): OpenedStore {
  const { setAside } = store
  return {
    name: store.name,
    // Read each time, since a store may know later what it can promise.
    get capabilities() {
      return store.capabilities
    },
    getMany: (names, call) => store.getMany(names, call),
    setMany: (records, call) => store.setMany(records, call),
    deleteMany: (names, call) => store.deleteMany(names, call),
    list: (call) => store.list(call),
    ...(setAside ? { setAside: (names, call) => setAside.call(store, names, call) } : {}),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Closes a store at the first call; later ones share its outcome. Rejects with a `StoreError`, as the pool would report it. */
function closeOnce(store: MetadataStore, timeoutMs: number): () => Promise<void> {
  let done: Promise<void> | undefined
  const close = async (): Promise<void> => {
    try {
      const what = `close() of store ${store.name}`
      await withTimeout(timeoutMs, undefined, () => store.close?.(), { what, keepAlive: true })
    } catch (error) {
      throw toStoreError(error, store.name, 'close')
    }
  }
  return () => {
    done ??= close()
    return done
  }
}
