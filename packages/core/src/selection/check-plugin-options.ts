import type { StorePlugin } from '../contracts/store-plugin.ts'
import { ConfigError } from '../errors/config-error.ts'
import { withoutCredentials } from './without-credentials.ts'

/**
 * The options as the plug-in's schema fills them in; rejects with `CONFIG_INVALID` naming each fault, and with
 * `CONFIG_PLUGIN_INVALID` where the schema itself fails.
 */
export async function checkPluginOptions<Options>(
  plugin: StorePlugin<Options>,
  name: string,
  given: unknown,
): Promise<Options> {
  const result = await (async () => plugin.options['~standard'].validate(given))().catch((cause: unknown) => {
    const words = withoutCredentials(cause instanceof Error ? cause.message : String(cause))
    throw new ConfigError('CONFIG_PLUGIN_INVALID', `The store "${name}" cannot check its options: ${words}`, { cause })
  })
  if (!result.issues) return result.value
  const faults = result.issues.map(({ message: said, path = [] }) => {
    const message = said || 'refused by its schema, which does not say why'
    const at = path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.')
    return at && !message.startsWith(`${at}:`) ? `${at}: ${message}` : message
  })
  throw new ConfigError(
    'CONFIG_INVALID',
    `The options under stores.${name} are wrong: ${withoutCredentials(faults.join('; '))}`,
    {
      context: { store: name },
    },
  )
}
