import type { Logger } from './logger.ts'
import type { MetadataStore } from './metadata-store.ts'
import type { StandardSchema } from './standard-schema.ts'

/** What a plug-in's `create` is told besides its options. */
export interface StorePluginContext {
  readonly logger: Logger
}

/** A variable of the environment that sets an option. */
export interface OptionVariable {
  /** The option that gets the variable's text. */
  readonly option: string
  /** The variable is left out where the program gives one of these options, which no text can replace. @defaultValue none */
  readonly unless?: readonly string[] | undefined
}

/** An option with a path in it. */
export interface PathOption {
  readonly option: string
  /** The option's value with `absolute` called for the path in it. Called for texts alone, the empty one excepted. */
  resolve(value: string, absolute: (path: string) => string): string
}

/**
 * A backend that can be named in a configuration. The plug-in knows its options; the pool knows none of them, so that a
 * third party's store gets what ours have.
 */
export interface StorePlugin<Options = unknown> {
  /** What `store.name` will be. */
  readonly name: string
  /** The version of this contract. A plug-in of another is refused with `CONFIG_PLUGIN_INVALID`. */
  readonly apiVersion: 1
  /** Checks and fills in what stands under `stores[<name>]`; `{}` where nothing does. */
  readonly options: StandardSchema<Options>
  /**
   * Variables of the environment by their names, and the option that each one sets. A variable wins over the same option of the
   * configuration; an empty one counts as unset. @defaultValue none
   *
   * @example
   * `env: { ACME_BUCKET: 'bucket' }`
   */
  readonly env?: Readonly<Record<string, string | OptionVariable>> | undefined
  /**
   * Options that are paths. A relative one is made absolute before `options` sees it: from the directory of the configuration
   * file where it stands there, else from the working directory. A leading `~/` is the home directory. @defaultValue none
   *
   * @example
   * `paths: ['directory']`
   */
  readonly paths?: ReadonlyArray<string | PathOption> | undefined
  /** Makes the store without touching the outside; that is for `open()`. */
  create(options: Options, context: StorePluginContext): MetadataStore
}

/** Types a plug-in module's default export. Gives back what it was given. */
export function defineStore<Options>(plugin: StorePlugin<Options>): StorePlugin<Options> {
  return plugin
}
