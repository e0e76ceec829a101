import type { ConfigError, MetadataStore, StorePlugin } from '@sessionkeep/contracts'
import type { FlagSource } from './flag-source.ts'

/** Where a pool keeps its metadata, and how long it waits for the stores. `loadConfig()` returns these options. Times are in ms. */
export interface MetadataOptions {
  /** The store: a name, an npm package, a path, or a store object. `SESSIONKEEP_STORE` and the flag win over it. @defaultValue `'file'` */
  readonly store?: string | MetadataStore | undefined
  /** Further stores that get every change. `SESSIONKEEP_MIRROR` and the flag win over it. @defaultValue none */
  readonly mirror?: ReadonlyArray<string | MetadataStore> | undefined
  /** The options of each store that is selected by name, under that name. An environment variable wins over the option that it sets. @defaultValue none */
  readonly stores?: Readonly<Record<string, unknown>> | undefined
  /**
   * Plug-ins that the program has imported itself. A store with the `name` of one of them is made by it, and no package is
   * looked for. A bundle needs this, since a bundler cannot see what a name leads to. @defaultValue none
   *
   * @example
   * `plugins: [file]`, after `import file from '@sessionkeep/store-file'`
   */
  readonly plugins?: readonly StorePlugin[] | undefined
  /** The owner of the sessions and records, if the program and `SESSIONKEEP_POOL_ID` set none. Read once, at the creation of the pool. @defaultValue the session prefix */
  readonly poolId?: string | undefined
  /** Former ids of the pool, if the program gives none. Read once, at the creation of the pool. @defaultValue none */
  readonly formerly?: readonly string[] | undefined
  /** How long changes are collected before they are written, ms. A crash may lose this much activity. @defaultValue 1000 */
  readonly flushIntervalMs?: number | undefined
  /** How long creating, deleting and draining a session wait for a store to acknowledge the write, ms. @defaultValue 250 */
  readonly ackTimeoutMs?: number | undefined
  /** How long `saveSessionMetadata` waits for a store to acknowledge the write, ms. @defaultValue 5000 */
  readonly saveTimeoutMs?: number | undefined
  /** How long `start()` waits for the stores, ms. After that the pool runs without them and attaches them when they answer. @defaultValue 3000 */
  readonly attachTimeoutMs?: number | undefined
  /**
   * Whether the pool starts although its primary store cannot be used as configured: with a wrong password, or without its table.
   * It then serves from memory, says `degraded`, and tries again. A mirror never keeps a pool from starting. @defaultValue false
   */
  readonly startDegraded?: boolean | undefined
  /** How long one call of a store may take, ms. @defaultValue 5000 */
  readonly callTimeoutMs?: number | undefined
  /** The longest pause between attempts on a failing store, ms. The first pause is at most 200 ms, and each failure doubles it. @defaultValue 30000 */
  readonly maxRetryMs?: number | undefined
  /** The pause between attempts to get a lock that another pool holds, ms. @defaultValue 1000 */
  readonly lockRetryMs?: number | undefined
  /** A feature flag that selects the store: `openFeatureFlag()`, or a source of your own. It wins over the environment and over `store` and `mirror`. @defaultValue none */
  readonly flag?: FlagSource | undefined
  /** Where these options were loaded from, as `loadConfig()` reports it. The pool watches that file for changes. */
  readonly source?: ConfigSource | undefined
  /** How often the configuration file is checked for changes, ms; 0: never. @defaultValue 2000 */
  readonly watchIntervalMs?: number | undefined
}

/** The content of a configuration file at one moment. */
export interface ConfigReading {
  /** A hash of the content. Equal content has an equal fingerprint. */
  readonly fingerprint: string
  /** The options in the file. @throws A `ConfigError` that names the file, when the options cannot be used. */
  options(): MetadataOptions
}

/** A configuration file that is not used. */
export interface UnusedConfig {
  /** The path of the file. */
  readonly file: string
  /** Why it is not used; if other users could change it, also the command that mends that. */
  readonly why: string
}

/** Where `metadata` options were loaded from, so that the pool can read the file again when it changes. */
export interface ConfigSource {
  /** The path of the file; undefined when no file was found and the defaults apply. */
  readonly file: string | undefined
  /** The directory in which packages of stores are looked for first: that of the file, or the one where the search began. */
  readonly directory: string
  /** The options that were in the file when it was loaded. */
  readonly loaded: MetadataOptions
  /** The fingerprint of the content that was loaded; undefined when there is no file. */
  readonly fingerprint: string | undefined
  /** Reads the file again. Rejects with `CONFIG_UNREADABLE` or `CONFIG_UNTRUSTED`. Undefined when there is no file, and for a module, which can be loaded only once. */
  readonly read: (() => Promise<ConfigReading>) | undefined
  /** Files with nearly the name of a configuration file, in the directories that were searched and have none. They are not read. The pool logs a warning for each. */
  readonly overlooked?: readonly string[] | undefined
  /** Configuration files that are not used, because others could change them or because the search stopped in a directory below. The pool logs a warning for each. */
  readonly unused?: readonly UnusedConfig[] | undefined
  /** Why the configuration is ignored. Present only when `SESSIONKEEP_STORE` selects `memory` or `none`, which need no configuration. */
  readonly fault?: ConfigError | undefined
}
