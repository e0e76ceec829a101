import { createHash } from 'node:crypto'
import { basename, dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ConfigError, messageOf } from '@sessionkeep/contracts'
import { faultsOf, holdsOptions, kindOf } from '@sessionkeep/contracts/internal'
import type * as z from 'zod'
import type { ConfigReading, MetadataOptions } from '../config-source.ts'
import { configFile, configModule } from '../metadata-schema.ts'
import { withCanonicalNames } from '../store-options.ts'
import { parseJson } from './json.ts'
import { assertKindIsKnown, assertTrustedFile, readTrustedFile } from './trusted-file.ts'

/** The key of package.json that may contain the same options. */
export const PACKAGE_KEY = 'sessionkeep'
/** The most values in a configuration. To check many more of them would block the process. */
const MAX_VALUES = 5000
const MODULE = /\.[cm]?js$/

/** Whether a file is a JavaScript module, which is run once and never read again. */
export function isModule(file: string): boolean {
  return MODULE.test(file)
}

/** Reads a configuration in JSON, or the key of a package.json. Rejects with `CONFIG_UNREADABLE` or `CONFIG_UNTRUSTED`. */
export async function readConfig(file: string): Promise<ConfigReading> {
  const text = await readTrustedFile(file)
  return {
    fingerprint: createHash('sha256').update(text).digest('hex'),
    options() {
      const json = parseJson(file, text)
      const value = basename(file) === 'package.json' ? keyOf(file, json) : json
      if (hasTooMany(value)) {
        const message = `${file} cannot be used: it has more than ${MAX_VALUES} values.`
        throw new ConfigError('CONFIG_INVALID', message, { context: { file } })
      }
      return checked(file, configFile(), value)
    },
  }
}

/**
 * Loads the default export of a configuration in JavaScript. Rejects with `CONFIG_UNREADABLE` when the module throws, and with
 * `CONFIG_UNTRUSTED`.
 */
export async function importConfig(file: string): Promise<MetadataOptions> {
  await assertTrustedFile(file)
  await assertKindIsKnown(file)
  const module = (await import(pathToFileURL(file).href).catch((cause: unknown) => {
    throw new ConfigError('CONFIG_UNREADABLE', `${file} cannot be loaded: ${messageOf(cause)}`, {
      cause,
      context: { file },
    })
  })) as { default?: unknown }
  if (holdsOptions(module.default)) return checked(file, configModule(), module.default)
  throw noOptions(file, module.default)
}

/** The error for a module whose default export is no object of options. A promise is not awaited, because it may never settle. */
function noOptions(file: string, exported: unknown): ConfigError {
  const kind = exported === undefined ? 'nothing' : kindOf(exported)
  const promised = exported as Promise<unknown> | undefined
  // Its rejection must not become an unhandled rejection.
  if (kind === 'a promise') promised?.then(undefined, () => undefined)
  const instead = kind === 'a promise' ? '; write "export default await ..."' : ''
  return new ConfigError(
    'CONFIG_INVALID',
    `${file} must export an object of options by default, and exports ${kind}${instead}.`,
    { context: { file } },
  )
}

/** Counts without recursion, so that no nesting overflows the stack. */
function hasTooMany(json: unknown): boolean {
  const open = [json]
  for (let count = 0; open.length > 0; count += 1) {
    if (count + open.length > MAX_VALUES) return true
    const value = open.pop()
    if (typeof value !== 'object' || value === null) continue
    // Listing the values of a large object takes several times as long as listing its keys.
    if (Object.keys(value).length > MAX_VALUES) return true
    open.push(...Object.values(value))
  }
  return false
}

function keyOf(file: string, json: unknown): unknown {
  if (typeof json === 'object' && json !== null && Object.hasOwn(json, PACKAGE_KEY)) {
    return (json as Readonly<Record<string, unknown>>)[PACKAGE_KEY]
  }
  throw new ConfigError('CONFIG_UNREADABLE', `${file} has no key "${PACKAGE_KEY}".`, { context: { file } })
}

function checked(file: string, schema: z.ZodObject, value: unknown): MetadataOptions {
  const refused = (fault: string, cause?: unknown) =>
    new ConfigError('CONFIG_INVALID', `${file} cannot be used: ${fault}`, { cause, context: { file } })
  try {
    const parsed = schema.safeParse(value)
    if (!parsed.success) throw refused(faultsOf(parsed.error.issues))
    // The options as they were written: the pool fills in the defaults.
    return withCanonicalNames(writtenIn(schema, value as object), dirname(file))
  } catch (thrown) {
    if (thrown instanceof ConfigError) throw thrown.context.file === undefined ? refused(thrown.message) : thrown
    throw refused(`reading it fails: ${messageOf(thrown)}`, thrown)
  }
}

/** Reads the options key by key, because an instance of a class may have getters, which are not among its own keys. */
function writtenIn(schema: z.ZodObject, value: object): MetadataOptions {
  const all = Object.keys(schema.shape).map((key) => [key, (value as Readonly<Record<string, unknown>>)[key]] as const)
  return Object.fromEntries(all.filter(([key, one]) => key !== '$schema' && one !== undefined))
}
