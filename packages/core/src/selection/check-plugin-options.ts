import type { StorePlugin } from '../contracts/store-plugin.ts'
import { ConfigError } from '../errors/config-error.ts'
import { withoutCredentials } from './without-credentials.ts'

/** The options as the plug-in's schema fills them in; rejects with `CONFIG_INVALID` naming each fault. */
export async function checkPluginOptions<Options>(
  plugin: StorePlugin<Options>,
  name: string,
  given: unknown,
): Promise<Options> {
  const result = await plugin.options['~standard'].validate(given)
  if (!result.issues) return result.value
  const faults = result.issues.map(({ message, path = [] }) => {
    const at = path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.')
    return `${at ? `${at}: ` : ''}${message}`
  })
  throw new ConfigError(
    'CONFIG_INVALID',
    `The options under stores.${name} are wrong: ${withoutCredentials(faults.join('; '))}`,
    {
      context: { store: name },
    },
  )
}
