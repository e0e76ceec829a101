import type { Logger } from './logger.ts'
import type { MetadataStore } from './metadata-store.ts'
import type { StandardSchema } from './standard-schema.ts'

/** What a plug-in's `create` is told besides its options. */
export interface StorePluginContext {
  readonly logger: Logger
}

/** A backend that can be named in a configuration. */
export interface StorePlugin<Options = unknown> {
  /** What `store.name` will be. */
  readonly name: string
  /** The version of this contract. A plug-in of another is refused with `CONFIG_PLUGIN_INVALID`. */
  readonly apiVersion: 1
  /** Checks and fills in what stands under `stores[<name>]`; `{}` where nothing does. */
  readonly options: StandardSchema<Options>
  /** Makes the store without touching the outside; that is for `open()`. */
  create(options: Options, context: StorePluginContext): MetadataStore
}

/** Types a plug-in module's default export. Gives back what it was given. */
export function defineStore<Options>(plugin: StorePlugin<Options>): StorePlugin<Options> {
  return plugin
}
