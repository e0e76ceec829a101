import type * as z from 'zod'
import { ConfigError } from '../errors/config-error.ts'
import { faultsOf } from './faults.ts'
import { isPlainObject, kindOf } from './plain-object.ts'
import { toldCause } from './redacted-cause.ts'

/**
 * What a verb was given, checked and filled in. Throws `CONFIG_INVALID` naming each fault, and with an unknown key the one
 * that was likely meant; without the values.
 */
export function checkOptions<Schema extends z.ZodObject>(
  verb: string,
  schema: Schema,
  given: unknown,
): z.output<Schema> {
  const refused = (fault: string, cause?: unknown) =>
    new ConfigError('CONFIG_INVALID', `${verb} cannot use these options: ${fault}`, { cause })
  if (!isPlainObject(given)) throw refused(`expected an object, and not ${kindOf(given)}`)
  const parsed = parse(schema, given, refused)
  if (parsed.success) return parsed.data
  throw refused(faultsOf(parsed.error, Object.keys(schema.shape)))
}

function parse<Schema extends z.ZodObject>(
  schema: Schema,
  given: object,
  refused: (fault: string, cause?: unknown) => ConfigError,
) {
  try {
    return schema.safeParse(given)
  } catch (thrown) {
    const { words, options } = toldCause(thrown)
    throw refused(`reading them fails: ${words}`, options.cause)
  }
}
