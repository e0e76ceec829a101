import {
  ConfigError,
  checkOptions,
  type Logger,
  type MetadataStore,
  optionsObject,
  strictOptions,
  toStoreError,
} from '@sessionkeep/contracts'
import {
  abortSignal,
  loggerType,
  once,
  poolIdType,
  safeLogger,
  systemClock,
  timeout,
  withTimeout,
} from '@sessionkeep/contracts/internal'
import * as z from 'zod'
import { checkLoadable } from './check-selection.ts'
import type { MetadataOptions } from './config-source.ts'
import { defaultLogger } from './default-logger.ts'
import { readEnvironment } from './environment.ts'
import { assertDirectory, loadConfig } from './file/load-config.ts'
import { loadStore } from './load-store.ts'
import { logSource } from './log-source.ts'
import { metadataOptions } from './metadata-schema.ts'
import { canonicalChoice } from './names.ts'
import { originsOf } from './origin.ts'
import { isChoice } from './parse-selection.ts'
import { type DesiredSelection, resolveSelection, type StoreChoice } from './selection.ts'
import { withCanonicalNames, writtenStores } from './store-options.ts'
import { assertNeedsNoConfig, notInUse } from './unusable-config.ts'
import { workingDirectory } from './working-directory.ts'

/** An open store. Calling `close()` again does nothing. */
export type OpenedStore = MetadataStore & AsyncDisposable & { close(): Promise<void> }

/** The options of {@link openStore}. */
export interface OpenStoreOptions {
  /** True: the store takes no lock and changes nothing, and writing calls reject with `STORE_READ_ONLY`. @defaultValue false */
  readonly readOnly?: boolean | undefined
  /** The directory that relative names start from, and in which a configuration is looked for. It must exist. @defaultValue the working directory */
  readonly cwd?: string | undefined
  /** The configuration that names the stores and their options. A flag in it is ignored. @defaultValue the result of `loadConfig({ cwd })` */
  readonly metadata?: Pick<MetadataOptions, 'store' | 'mirror' | 'stores' | 'plugins' | 'source'> | undefined
  /** Options of stores. They replace those of the same store in `metadata`. @defaultValue none */
  readonly stores?: Readonly<Record<string, unknown>> | undefined
  /** The `poolId` of the pool whose records are opened. @defaultValue the records of pools without one */
  readonly poolId?: string | undefined
  /** The owner for whom a store with a lock takes the lock: a `poolId`, or else a session prefix. @defaultValue the `poolId`; without one, the lock excludes everyone */
  readonly owner?: string | undefined
  /** The environment variables that select the store and set its options. @defaultValue those of this process */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** Abort it to give up opening. */
  readonly signal?: AbortSignal | undefined
  /** How long opening may take, and also closing, ms. @defaultValue 5000 */
  readonly timeoutMs?: number | undefined
  /** The logger. @defaultValue lines of JSON on standard error, from `SESSIONKEEP_LOG_LEVEL` up, else from `info` */
  readonly logger?: Logger | undefined
}

const schema = once(() => {
  // `process.env` is no plain object, so its prototype is not checked.
  const variables = z.custom<Readonly<Record<string, string | undefined>>>(
    (value) => typeof value === 'object' && value !== null,
    'must be an object of variables',
  )
  return strictOptions({
    readOnly: z.boolean().optional(),
    cwd: z.string('must be a path').min(1, 'must be a path').optional(),
    metadata: metadataOptions().optional(),
    stores: optionsObject.pipe(z.record(z.string(), z.unknown())).optional(),
    poolId: poolIdType.optional(),
    owner: poolIdType.optional(),
    env: variables.optional(),
    signal: abortSignal.optional(),
    timeoutMs: timeout.optional(),
    logger: loggerType.optional(),
  })
})

/**
 * Opens a store without a pool, for tools. Its options are those of the configuration, with environment variables winning over
 * them, as in a pool. After a rejection nothing stays open, except that a store whose `open()` hangs is closed in the
 * background if it opens later.
 *
 * @param selection - A name, a package, a path, or a store object; `auto` for the store that environment, configuration and
 * default select, in this order.
 * @throws A `ConfigError` when the store is unknown or an option is wrong; a `StoreError` when it cannot be opened, with
 * `STORE_LOCKED` when a gateway has it and `readOnly` is not given, and `STORE_TIMEOUT` after `timeoutMs`; the reason of
 * `signal`. `close()` rejects with a `StoreError` too.
 *
 * @example
 * ```ts
 * await using store = await openStore('auto', { readOnly: true })
 * for await (const name of store.list({ signal: AbortSignal.timeout(5000) })) console.log(name)
 * ```
 */
export async function openStore(selection: StoreChoice, options: OpenStoreOptions = {}): Promise<OpenedStore> {
  const checked = checkOptions('openStore()', schema(), options)
  const { readOnly = false, cwd = workingDirectory(), poolId, owner = poolId, timeoutMs = 5000, signal } = checked
  await assertDirectory('openStore()', cwd)
  signal?.throwIfAborted()
  const logger = safeLogger(options.logger ?? defaultLogger())
  const desired = await desiredFor(selection, options, cwd, logger)
  const store = await loadStore(desired.store, desired, logger)
  // Loading may have taken a while, and the store only sees the signal once it opens.
  signal?.throwIfAborted()
  const close = closeOnce(store, timeoutMs)
  let opening: Promise<void> = Promise.resolve()
  const open = (signal: AbortSignal): Promise<void> => {
    opening = (async () => store.open?.({ signal, logger, namespace: poolId, owner, readOnly }))()
    return opening
  }
  let isOpening = true
  const ended = () => {
    isOpening = false
  }
  try {
    const what = `open() of store ${store.name}`
    await withTimeout(timeoutMs, signal, (signal) => open(signal).finally(ended), { what, keepAlive: true })
  } catch (error) {
    // It may still open later, and is then closed in the background.
    const closing = Promise.allSettled([opening])
      .then(close)
      .catch((err: unknown) => logger.warn({ store: store.name, err }, 'A store could not be closed'))
    if (!isOpening) await closing
    throw signal?.aborted && error === signal.reason ? error : toStoreError(error, store.name, 'open')
  }
  return asOpened(store, close)
}

async function desiredFor(
  selection: StoreChoice,
  options: OpenStoreOptions,
  cwd: string,
  logger: Logger,
): Promise<DesiredSelection> {
  if (!isChoice(selection)) {
    throw new ConfigError('CONFIG_INVALID', 'openStore() takes the name of a store, "auto", or a store object.')
  }
  const loaded = options.metadata ?? (await loadConfig({ cwd }))
  const environment = readEnvironment(options.env ?? process.env, cwd)
  const { source } = loaded
  if (source) logSource(source, logger)
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
    plugins: loaded.plugins ?? [],
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

/** The store as it is, with a `close()` that closes it only once. */
function asOpened(store: MetadataStore, close: () => Promise<void>): OpenedStore {
  const { setAside } = store
  return {
    name: store.name,
    // A getter, because a store may know its capabilities only later.
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

/** Makes a function that closes the store at its first call. Later calls share that result. Rejects with a `StoreError`. */
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
