import type { ConfigError } from '../errors/config-error.ts'
import type { FlagSource } from './flag-source.ts'
import type { MetadataStore } from './metadata-store.ts'

/** Where metadata is kept. What `loadConfig()` gives is one of these. */
export interface MetadataOptions {
  /** A store by its name, a package, a path, or a store object. `SESSIONKEEP_STORE` and the flag win over it. Default `file`. */
  readonly store?: string | MetadataStore | undefined
  /** Further stores that get every change. `SESSIONKEEP_MIRROR` and the flag win over it. Default none. */
  readonly mirror?: ReadonlyArray<string | MetadataStore> | undefined
  /** Options of stores chosen by name, under that name. Variables of the environment win over single ones. */
  readonly stores?: Readonly<Record<string, unknown>> | undefined
  /** How long activity is collected before it is written, ms. Default 1000; what a crash may cost. */
  readonly flushIntervalMs?: number | undefined
  /** The most that creating, deleting and draining wait for a store, ms. Default 250. */
  readonly ackTimeoutMs?: number | undefined
  /** The most that `saveSessionMetadata` waits, ms. Default 5000. */
  readonly saveTimeoutMs?: number | undefined
  /** The most that `start()` waits for the stores before it goes on without them, ms. Default 3000. */
  readonly attachTimeoutMs?: number | undefined
  /** The most that one store call may take, ms. Default 5000. */
  readonly callTimeoutMs?: number | undefined
  /** Between attempts on a failing store: doubling from 200 ms to at most this, ms. Default 30000. */
  readonly maxRetryMs?: number | undefined
  /** Between attempts on a lock that another pool holds, ms. Default 1000. */
  readonly lockRetryMs?: number | undefined
  /** A flag that says which store is wanted: `openFeatureFlag()`, or a source of your own. It wins over the environment, and over what stands here. Default none. */
  readonly flag?: FlagSource | undefined
  /** Where these options are from, given by `loadConfig()`: the pool watches it. */
  readonly source?: ConfigSource | undefined
  /** Between looks whether the configuration file has changed, ms; 0: never looked at again. Default 2000. */
  readonly watchIntervalMs?: number | undefined
}

/** What a file says at one moment. */
export interface ConfigReading {
  /** Of the content; equal for equal content. */
  readonly fingerprint: string
  /** The options in it. Throws a `ConfigError` that names the file where they cannot be used. */
  options(): MetadataOptions
}

/** Where options of the kind `metadata` came from, so that a pool can look again. */
export interface ConfigSource {
  /** The file; undefined where none was found and the defaults hold. */
  readonly file: string | undefined
  /** Where stores given as a package are looked for first: the directory of the file, else where the search began. */
  readonly directory: string
  /** What it said when it was loaded. */
  readonly loaded: MetadataOptions
  /** Of the content that was loaded; undefined where there is no file. */
  readonly fingerprint: string | undefined
  /** Reads the file again; rejects with `CONFIG_UNREADABLE`. Undefined for what is read once alone: a module, and no file at all. */
  readonly read: (() => Promise<ConfigReading>) | undefined
  /** Files that look like a configuration and are not read; only where none was found. The pool warns of them. */
  readonly overlooked?: readonly string[] | undefined
  /** Why none of it is in use; only where `SESSIONKEEP_STORE` has chosen `memory` or `none`, which need nothing of it. */
  readonly fault?: ConfigError | undefined
}
