import type { Logger } from './logger.ts'
import type { MetadataStore } from './metadata-store.ts'
import type { StandardSchema } from './standard-schema.ts'

/** What a plug-in's `create` receives besides its options. */
export interface StorePluginContext {
  readonly logger: Logger
}

/** How an environment variable sets an option. */
export interface OptionVariable {
  /** The option that gets the text of the variable. */
  readonly option: string
  /** The variable is ignored when the program gives one of these options: the text of a variable cannot replace them. @defaultValue none */
  readonly unless?: readonly string[] | undefined
}

/** An option whose value contains a path. */
export interface PathOption {
  /** The name of the option. */
  readonly option: string
  /** Returns the value of the option with the path in it replaced by `absolute(path)`. Called only when the value is a text that is not empty. */
  resolve(value: string, absolute: (path: string) => string): string
}

/**
 * A kind of store that can be selected by name. The plug-in declares its options, variables and paths, and the pool knows
 * none of them, so that a third party's store can do everything that ours can.
 */
export interface StorePlugin<Options = unknown> {
  /** The `name` of the stores that this plug-in creates. */
  readonly name: string
  /** The version of this interface. A plug-in with another version is refused with `CONFIG_PLUGIN_INVALID`. */
  readonly apiVersion: 1
  /** The schema of the options under `stores[<name>]`, which checks them and fills in defaults. It gets `{}` when there are none. */
  readonly options: StandardSchema<Options>
  /**
   * Environment variables by name, each with the option that it sets. A variable wins over the same option in the
   * configuration. An empty variable counts as unset. @defaultValue none
   *
   * @example
   * `env: { ACME_BUCKET: 'bucket' }`
   */
  readonly env?: Readonly<Record<string, string | OptionVariable>> | undefined
  /**
   * Options that are paths. A relative path is made absolute before `options` checks it: from the directory of the
   * configuration file when it was written there, otherwise from the working directory. A leading `~/` means the home
   * directory. @defaultValue none
   *
   * @example
   * `paths: ['directory']`
   */
  readonly paths?: ReadonlyArray<string | PathOption> | undefined
  /** Creates the store. It must not read files or connect to anything yet; `open()` does that. */
  create(options: Options, context: StorePluginContext): MetadataStore
}

/**
 * Gives the default export of a plug-in module its type. Returns `plugin` unchanged.
 *
 * @example
 * ```ts
 * export default defineStore({ name: 'acme', apiVersion: 1, options: schema, create: (options) => acmeStore(options) })
 * ```
 */
export function defineStore<Options>(plugin: StorePlugin<Options>): StorePlugin<Options> {
  return plugin
}
