import * as z from 'zod'
import { checkOptions } from '../base/check-options.ts'
import { defaultLogger } from '../base/default-logger.ts'
import { limited } from '../base/limited.ts'
import { abortSignal, deadline, loggerType, optionsObject, poolIdType } from '../base/option-types.ts'
import { safeLogger } from '../base/safe-logger.ts'
import { workingDirectory } from '../base/working-directory.ts'
import type { Logger } from '../contracts/logger.ts'
import { ConfigError } from '../errors/config-error.ts'
import { type MetadataOptions, metadataOptions } from '../pool/resolve-options.ts'
import { toStoreError } from '../replication/store-failure.ts'
import { readEnvironment } from './environment.ts'
import { assertDirectory, loadConfig } from './file/load-config.ts'
import { withAbsolutePaths } from './file/paths.ts'
import { asOpened, closeOnce, type OpenedStore } from './opened-store.ts'
import { originsOf } from './origin.ts'
import { isChoice } from './parse-selection.ts'
import { checkLoadable } from './plugins/check-loadable.ts'
import { loadStore } from './plugins/load-store.ts'
import { canonicalName } from './plugins/names.ts'
import { resolveSelection } from './resolve-selection.ts'
import type { DesiredSelection, StoreChoice } from './selection.ts'
import { assertNeedsNoConfig, notInUse } from './unusable-config.ts'

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
  readonly deadlineMs?: number | undefined
  /** Default: pino on standard error, from `warn` up. */
  readonly logger?: Logger | undefined
}

const path = z.string('must be a path').min(1, 'must be a path')
const schema = z.strictObject({
  readOnly: z.boolean().optional(),
  cwd: path.optional(),
  metadata: metadataOptions.optional(),
  stores: optionsObject.pipe(z.record(z.string(), z.unknown())).optional(),
  poolId: poolIdType.optional(),
  owner: poolIdType.optional(),
  signal: abortSignal.optional(),
  deadlineMs: deadline.optional(),
  logger: loggerType.optional(),
})

/**
 * Opens a store without a pool, for tools. `auto` is the store that environment, configuration and default come to, in this
 * order; anything else is a name, a package, a path, or a store. Options are the configuration's, and the environment's
 * over them, as for a pool.
 *
 * Rejects with a `ConfigError` where there is no such store, its options are wrong, or those of this call cannot be meant;
 * with a `StoreError` where it cannot be opened (`STORE_LOCKED` where a gateway has it and `readOnly` is not given,
 * `STORE_TIMEOUT` after `deadlineMs`); and with the reason of `signal`. After a rejection nothing is left open, but for a
 * store that hangs: it is closed when it has opened after all. `close()` rejects with a `StoreError` too.
 */
export async function openStore(selection: StoreChoice, options: OpenStoreOptions = {}): Promise<OpenedStore> {
  const checked = checkOptions('openStore()', schema, options)
  const { readOnly = false, cwd = workingDirectory(), poolId, owner = poolId, deadlineMs = 5000, signal } = checked
  await assertDirectory('openStore()', cwd)
  signal?.throwIfAborted()
  const logger = safeLogger(options.logger ?? defaultLogger())
  const desired = await wanted(selection, options, cwd, logger)
  const store = await loadStore(desired.store, desired.stores, logger, desired.directory)
  // What was given up meanwhile is not begun: a store hears of it only while it opens.
  signal?.throwIfAborted()
  const close = closeOnce(store, deadlineMs)
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
    await limited(`open() of store ${store.name}`, deadlineMs, (signal) => open(signal).finally(ended), signal)
  } catch (error) {
    // Whether it opens after all is not known; then it is let go, by nobody's leave.
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
  const { store, source } = loaded
  const { stores = {} } = withAbsolutePaths({ stores: loaded.stores }, cwd)
  const own = withAbsolutePaths({ stores: options.stores }, cwd).stores
  const config = store === undefined ? {} : { store: typeof store === 'string' ? canonicalName(store, cwd) : store }
  const asked = typeof selection === 'string' ? canonicalName(selection, cwd) : selection
  const values = selection === 'auto' ? { environment: environment.value, config } : { runtime: { store: asked } }
  const resolution = { ...resolveSelection(values), mirror: [] }
  const desired: DesiredSelection = {
    ...resolution,
    stores: environment.applyTo({ ...stores, ...own }),
    directory: source?.directory ?? cwd,
    since: Date.now(),
    origins: originsOf(resolution, { environment, config: { origin: source?.file, stores }, flagKey: undefined }),
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
