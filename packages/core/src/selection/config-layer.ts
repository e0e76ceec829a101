import { isDeepStrictEqual } from 'node:util'
import { withoutCredentials } from '../base/redact.ts'
import { createTimers } from '../base/timers.ts'
import { workingDirectory } from '../base/working-directory.ts'
import type { Logger } from '../contracts/logger.ts'
import type { ConfigError } from '../errors/config-error.ts'
import type { MetadataOptions } from '../pool/resolve-options.ts'
import { withAbsolutePaths } from './file/paths.ts'
import { createLayerStatus } from './layer-status.ts'
import { notInUse } from './unusable-config.ts'

/** The part of the options that is looked at again while a pool runs; the rest is read once. */
export type WatchedOptions = Pick<MetadataOptions, 'store' | 'mirror' | 'stores'>

const EMPTY: Required<Omit<WatchedOptions, 'store'>> = { mirror: [], stores: {} }

/**
 * The layer of code and configuration file. The file is looked at by its content, so that an edit in place, a rename over it
 * and a symbolic link turned elsewhere are all seen. `accept` takes options into use, or rejects where they cannot be.
 */
export function createConfigLayer(
  metadata: WatchedOptions & Pick<MetadataOptions, 'source' | 'watchIntervalMs'>,
  logger: Logger,
  accept: (options: WatchedOptions) => Promise<void>,
) {
  const { source, watchIntervalMs = 0 } = metadata
  const initial = withAbsolutePaths(pick(metadata), workingDirectory())
  let fault = source?.fault && notInUse(source.fault)
  const status = createLayerStatus(
    'config',
    logger,
    fault
      ? { state: 'invalid', detail: withoutCredentials(fault.message) }
      : { state: saysSomething(initial) ? 'set' : 'unset', hasGood: true },
  )
  const overrides = source ? differing(initial, source.loaded) : initial
  const timers = createTimers()
  let seen = source?.fingerprint

  const look = async (): Promise<void> => {
    if (!source?.read) return
    try {
      const reading = await source.read()
      const isBack = status.get().state === 'kept' || status.get().state === 'invalid'
      if (reading.fingerprint === seen && !isBack) return
      seen = reading.fingerprint
      const options = { ...pick(reading.options()), ...overrides }
      await accept(options)
      fault = undefined
      status.accept(saysSomething(options) ? 'set' : 'unset')
    } catch (error) {
      status.refuse('invalid', fault ? notInUse(error as ConfigError) : error)
    }
  }

  return {
    initial,
    status: status.get,
    /** Where it is said, for people. */
    origin: source?.file ?? 'the program',
    start(): void {
      if (fault) status.refuse('invalid', fault)
      if (!source?.read || watchIntervalMs === 0) return
      timers.repeat(
        look,
        () => watchIntervalMs,
        (error) => status.refuse('invalid', error),
      )
    },
    stop: (): void => timers.stop(),
  }
}

function saysSomething({ store, mirror = [] }: WatchedOptions): boolean {
  return store !== undefined || mirror.length > 0
}

function pick({ store, mirror, stores }: WatchedOptions): WatchedOptions {
  return { store, mirror, stores }
}

/** What the program has put over what the file said; it stays so whatever the file says later. */
function differing(given: WatchedOptions, loaded: WatchedOptions): WatchedOptions {
  const keys = ['store', 'mirror', 'stores'] as const
  const before: WatchedOptions = { ...EMPTY, ...defined(loaded) }
  const now: WatchedOptions = { ...EMPTY, ...defined(given) }
  return Object.fromEntries(
    keys.filter((key) => !isDeepStrictEqual(now[key], before[key])).map((key) => [key, now[key]]),
  )
}

function defined(options: WatchedOptions): WatchedOptions {
  return Object.fromEntries(Object.entries(pick(options)).filter(([, value]) => value !== undefined))
}
