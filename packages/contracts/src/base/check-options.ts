import * as z from 'zod'
import type { SchemaIssue } from '../contracts/standard-schema.ts'
import { messageOf } from '../errors/code-of.ts'
import { ConfigError } from '../errors/config-error.ts'
import { holdsOptions, kindOf } from './plain-object.ts'
import { shownKey, unknownKey } from './unknown-key.ts'

/** The most faults that a message names. Nobody reads more, and to find the likely name of each takes time. */
const MAX_FAULTS = 20

/** Joins the texts of the first `MAX_FAULTS` items, and adds how many more there are. */
function firstOf<Item>(items: readonly Item[], textOf: (item: Item) => string): string {
  const texts = items.slice(0, MAX_FAULTS).map(textOf)
  return [...texts, ...(items.length > MAX_FAULTS ? [`and ${items.length - MAX_FAULTS} more`] : [])].join('; ')
}

/**
 * Makes a zod schema of an object that has these keys and no others, for the options of a method or a store. The message about
 * an unknown key gives the text of `hint` for it, else the key that was likely meant, else all known keys. No message
 * repeats a value, since a value may be a credential.
 *
 * @example
 * ```ts
 * const optionsSchema = strictOptions({ directory: z.string(), timeoutMs: z.number().default(5000) })
 * ```
 */
export function strictOptions<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  hint: (key: string) => string | undefined = () => undefined,
) {
  const known = Object.keys(shape)
  return z.strictObject(shape, {
    error: ({ code, keys, input }) =>
      code === 'unrecognized_keys'
        ? firstOf(keys as readonly string[], (key) => `${shownKey(key)} ${hint(key) ?? unknownKey(key, known)}`)
        : `expected an object of options, and not ${kindOf(input)}`,
  })
}

/** The issues of a schema as one text, each with its path. A key is shown only if it could be the name of an option. */
export function faultsOf(issues: readonly SchemaIssue[]): string {
  const faults = firstOf(issues, ({ message, path = [] }) => {
    const at = path.map((part) => shownKey(String(typeof part === 'object' ? part.key : part))).join('.')
    const words =
      typeof message === 'string' && message !== '' ? message : 'refused by its schema, which does not say why'
    return at && !words.startsWith(`${at}:`) ? `${at}: ${words}` : words
  })
  return faults || 'refused by its schema, which does not say why'
}

/**
 * Checks the options that a method was given, and fills in the defaults.
 *
 * @param subject - The name of the method or store, for the message.
 * @throws {@link ConfigError} `CONFIG_INVALID`, with every fault. A promise or a map is refused too: its options cannot be
 * seen, and each would silently be the default.
 * @example
 * ```ts
 * const { directory, timeoutMs } = checkOptions('myStore()', optionsSchema, options)
 * ```
 */
export function checkOptions<Options>(subject: string, schema: z.ZodType<Options>, given: unknown): Options {
  const refused = (fault: string, cause?: unknown) =>
    new ConfigError('CONFIG_INVALID', `${subject} cannot use these options: ${fault}`, { cause })
  if (!holdsOptions(given)) throw refused(`expected an object, and not ${kindOf(given)}`)
  const result = parse(schema, given, refused)
  if (result.success) return result.data
  throw refused(faultsOf(result.error.issues))
}

function parse<Options>(
  schema: z.ZodType<Options>,
  given: object,
  refused: (fault: string, cause: unknown) => ConfigError,
) {
  try {
    return schema.safeParse(given)
  } catch (thrown) {
    throw refused(`reading them fails: ${messageOf(thrown)}`, thrown)
  }
}
