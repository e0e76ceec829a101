import { holdsOptions, kindOf } from '../../base/plain-object.ts'
import { withoutCredentials } from '../../base/redact.ts'
import { toldCause } from '../../base/redacted-cause.ts'
import type { SchemaResult } from '../../contracts/standard-schema.ts'
import type { StorePlugin } from '../../contracts/store-plugin.ts'
import { ConfigError } from '../../errors/config-error.ts'

/**
 * The options as the plug-in's schema fills them in; throws `CONFIG_INVALID` naming each fault, and `CONFIG_PLUGIN_INVALID`
 * where the schema itself fails, answers in a promise, or answers no result.
 */
export function checkPluginOptions<Options>(plugin: StorePlugin<Options>, name: string, given: unknown): Options {
  const wrong = (faults: string) =>
    new ConfigError('CONFIG_INVALID', `The options under stores.${name} are wrong: ${withoutCredentials(faults)}`, {
      context: { store: name },
    })
  if (!holdsOptions(given)) throw wrong(`expected an object of options, and not ${kindOf(given)}`)
  const { issues, value } = validate(plugin, name, given)
  if (!issues) return value as Options
  const faults = issues.map(({ message, path = [] }) => {
    const at = path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.')
    const words =
      typeof message === 'string' && message !== '' ? message : 'refused by its schema, which does not say why'
    return at && !words.startsWith(`${at}:`) ? `${at}: ${words}` : words
  })
  throw wrong(faults.join('; ') || 'refused by its schema, which does not say why')
}

function validate<Options>(plugin: StorePlugin<Options>, name: string, given: unknown) {
  const unusable = (fault: string, options: { readonly cause?: unknown } = {}) =>
    new ConfigError('CONFIG_PLUGIN_INVALID', `The store "${name}" cannot check its options: ${fault}`, options)
  let result: unknown
  try {
    result = plugin.options['~standard'].validate(given)
  } catch (thrown) {
    const { words, options } = toldCause(thrown)
    throw unusable(words, options)
  }
  const promised = result as Promise<unknown> | null | undefined
  if (typeof promised?.then === 'function') {
    // What becomes of it is to hurt nobody.
    promised.then(undefined, () => undefined)
    throw unusable('its schema answers in a promise; make it synchronous, and check what takes time in open().')
  }
  if (isResult<Options>(result)) return { issues: result.issues, value: 'value' in result ? result.value : undefined }
  throw unusable('its schema answers neither { value } nor { issues: [...] }.')
}

function isResult<Options>(result: unknown): result is SchemaResult<Options> {
  if (typeof result !== 'object' || result === null) return false
  const { issues } = result as { issues?: unknown }
  if (issues === undefined) return 'value' in result
  return Array.isArray(issues) && issues.every((issue) => typeof issue === 'object' && issue !== null)
}
