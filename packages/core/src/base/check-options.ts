import * as z from 'zod'
import type { SchemaIssue } from '../contracts/standard-schema.ts'
import { messageOf } from '../errors/code-of.ts'
import { ConfigError } from '../errors/config-error.ts'
import { closestMatch } from './closest-match.ts'
import { holdsOptions, kindOf } from './plain-object.ts'

/** Longer, or with other characters in it, a key is no option that was mistyped: it may be anything, a password too. */
const WORD = /^[\w$@./~-]{1,60}$/

/**
 * A zod schema of an object with these keys and no others, for the options of a verb or of a store. An unknown key is answered with what `hint` says of it, else with
 * the key that was likely meant, else with all that there are. No value is ever repeated.
 */
export function strictOptions<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  hint: (key: string) => string | undefined = () => undefined,
) {
  const known = Object.keys(shape)
  return z.strictObject(shape, {
    error: ({ code, keys, input }) =>
      code === 'unrecognized_keys'
        ? (keys as readonly string[]).map((key) => `${shown(key)} ${hint(key) ?? unknownKey(key, known)}`).join('; ')
        : `expected an object of options, and not ${kindOf(input)}`,
  })
}

function unknownKey(key: string, known: readonly string[]): string {
  const guess = closestMatch(key, known)
  return `is no option; ${guess === undefined ? `known are ${known.join(', ')}` : `did you mean "${guess}"?`}`
}

/** The faults of a schema in words, each with the path to it. A key is shown only where it could be the name of an option. */
export function faultsOf(issues: readonly SchemaIssue[]): string {
  const faults = issues.map(({ message, path = [] }) => {
    const at = path.map((part) => shown(String(typeof part === 'object' ? part.key : part))).join('.')
    const words =
      typeof message === 'string' && message !== '' ? message : 'refused by its schema, which does not say why'
    return at && !words.startsWith(`${at}:`) ? `${at}: ${words}` : words
  })
  return faults.join('; ') || 'refused by its schema, which does not say why'
}

/**
 * What a verb was given, checked and filled in. Throws `CONFIG_INVALID` naming `subject` and each fault; also for what options
 * cannot be seen in, such as a promise or a map.
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

function shown(key: string): string {
  return WORD.test(key) ? key : `(a key of ${key.length} characters)`
}
