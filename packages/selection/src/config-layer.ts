import { isDeepStrictEqual } from 'node:util'
import type { Clock, ConfigError, Logger } from '@sessionkeep/contracts'
import { createTimers } from '@sessionkeep/contracts/internal'
import type { MetadataOptions } from './config-source.ts'
import { createLayerStatus } from './layer-status.ts'
import { type WrittenStores, withCanonicalNames, writtenStores } from './store-options.ts'
import { notInUse } from './unusable-config.ts'
import { workingDirectory } from './working-directory.ts'

/** The options that may change while a pool runs. All others are read once. */
type WatchedOptions = Pick<MetadataOptions, 'store' | 'mirror' | 'stores'>

/** The value of this layer: the program's options merged with those of the file. */
export interface ConfigValue extends Pick<MetadataOptions, 'store' | 'mirror'> {
  readonly stores: WrittenStores
}

const EMPTY: WatchedOptions = { mirror: [], stores: {} }

/**
 * The layer of program options and configuration file. The file is compared by content, so that an edit in place, a rename
 * and a changed symbolic link are all noticed. `accept` applies a new value, and rejects when it cannot be used.
 */
export function createConfigLayer(
  metadata: WatchedOptions & Pick<MetadataOptions, 'source' | 'watchIntervalMs'>,
  { logger, clock }: { readonly logger: Logger; readonly clock: Clock },
  accept: (value: ConfigValue) => Promise<void>,
) {
  const { source, watchIntervalMs = 0 } = metadata
  const given = withCanonicalNames(pick(metadata), workingDirectory())
  const initial: ConfigValue = { ...given, stores: writtenStores(given.stores, source?.loaded.stores) }
  let fault = source?.fault && notInUse(source.fault)
  const status = createLayerStatus(
    'config',
    { logger, clock },
    fault
      ? { state: 'invalid', detail: fault.message }
      : { state: selectsStore(initial) ? 'set' : 'unset', hasGood: true },
  )
  /** The options that the program gave in place of those in the file. They also win over later versions of the file. */
  const overridden = source ? keysThatDiffer(given, source.loaded) : []
  const overrides = Object.fromEntries(overridden.map((key) => [key, initial[key]]))
  const timers = createTimers()
  let seen = source?.fingerprint

  const readAgain = async (): Promise<void> => {
    if (!source?.read) return
    try {
      const reading = await source.read()
      const isFailing = status.get().state === 'kept' || status.get().state === 'invalid'
      if (reading.fingerprint === seen && !isFailing) return
      seen = reading.fingerprint
      const { store, mirror, stores } = reading.options()
      const value = { store, mirror, stores: writtenStores(stores, stores), ...overrides }
      await accept(value)
      fault = undefined
      status.accept(selectsStore(value) ? 'set' : 'unset')
    } catch (error) {
      status.refuse('invalid', fault ? notInUse(error as ConfigError) : error)
    }
  }

  return {
    initial,
    status: status.get,
    /** The source of the options, for messages. */
    origin: source?.file ?? 'the program',
    start(): void {
      if (fault) status.refuse('invalid', fault)
      if (!source?.read || watchIntervalMs === 0) return
      timers.repeat(
        readAgain,
        () => watchIntervalMs,
        (error) => status.refuse('invalid', error),
      )
    },
    stop: (): void => timers.stop(),
  }
}

function selectsStore({ store, mirror = [] }: Pick<WatchedOptions, 'store' | 'mirror'>): boolean {
  return store !== undefined || mirror.length > 0
}

function pick({ store, mirror, stores }: WatchedOptions): WatchedOptions {
  return { store, mirror, stores }
}

function keysThatDiffer(given: WatchedOptions, loaded: WatchedOptions): Array<keyof WatchedOptions> {
  const keys = ['store', 'mirror', 'stores'] as const
  return keys.filter((key) => !isDeepStrictEqual(given[key] ?? EMPTY[key], loaded[key] ?? EMPTY[key]))
}
