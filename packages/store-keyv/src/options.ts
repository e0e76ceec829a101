import type { SchemaIssue, SchemaResult, StandardSchema, StoreCapabilities } from '@sessionkeep/core'
import type { AdapterLike, KeyvLike } from './engines/instance.ts'
import { parseTarget } from './target.ts'

export interface KeyvStoreOptions {
  /** Where the records are: `redis://`, `rediss://`, `valkey://`, `valkeys://`, `postgres://`, `postgresql://`, `sqlite://`, `etcd://`. Default: `SESSIONKEEP_KEYV_URI`. */
  readonly uri?: string | undefined
  /** A Keyv of your own, instead of a URI. It is not disconnected by `close()`. */
  readonly keyv?: KeyvLike | undefined
  /** A Keyv storage adapter of your own, instead of a URI. It is not disconnected by `close()`. */
  readonly adapter?: AdapterLike | undefined
  /** What all keys start with; two namespaces never meet. Default `'sessionkeep'`. */
  readonly namespace?: string | undefined
  /** The table, on Postgres and SQLite: `[a-z_][a-z0-9_]*`. Default `'keyv'`. */
  readonly table?: string | undefined
  /** The longest, in ms, that a call or a connection attempt takes. Default 5000. */
  readonly timeoutMs?: number | undefined
  /** With `keyv` or `adapter` alone, which cannot be asked: what an acknowledged write survives. Default `'none'`. */
  readonly durability?: StoreCapabilities['durability'] | undefined
  /** With `keyv` or `adapter` alone: whether several processes may use it at once. Default false. */
  readonly shared?: boolean | undefined
}

const KNOWN = ['uri', 'keyv', 'adapter', 'namespace', 'table', 'timeoutMs', 'durability', 'shared']

/** The options' schema. Its faults repeat nothing of a URI but its scheme. */
export const optionsSchema: StandardSchema<KeyvStoreOptions> = {
  '~standard': { version: 1, vendor: 'sessionkeep', validate },
}

export function validate(value: unknown): SchemaResult<KeyvStoreOptions> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { issues: [{ message: 'expected an object of options' }] }
  }
  const options: Readonly<Record<string, unknown>> = { ...value }
  const issues: SchemaIssue[] = []
  const refuse = (key: string, message: string) => issues.push({ message: `${key}: ${message}`, path: [key] })
  for (const key of Object.keys(options)) {
    if (!KNOWN.includes(key)) refuse(key, `is no option of the Keyv store; it has ${KNOWN.join(', ')}`)
  }
  const { namespace, table, timeoutMs, durability, shared } = options
  for (const [key, fault] of placeFaults(options)) refuse(key, fault)
  if (namespace !== undefined && !isText(namespace)) refuse('namespace', 'expected well-formed text without NUL')
  if (table !== undefined && !(typeof table === 'string' && /^[a-z_][a-z0-9_]{0,62}$/.test(table))) {
    refuse('table', 'expected at most 63 of a-z, 0-9 and _, not beginning with a digit')
  }
  if (
    timeoutMs !== undefined &&
    !(Number.isInteger(timeoutMs) && Number(timeoutMs) >= 1 && Number(timeoutMs) <= 2 ** 31 - 1)
  ) {
    refuse('timeoutMs', 'expected a whole number of milliseconds from 1')
  }
  if (durability !== undefined && !['none', 'process', 'power'].includes(String(durability))) {
    refuse('durability', 'expected "none", "process" or "power"')
  }
  if (shared !== undefined && typeof shared !== 'boolean') refuse('shared', 'expected true or false')
  return issues.length > 0 ? { issues } : { value: options as KeyvStoreOptions }
}

function* placeFaults(options: Readonly<Record<string, unknown>>): Iterable<[key: string, fault: string]> {
  const { keyv, adapter, durability, shared } = options
  const isOwn = keyv !== undefined || adapter !== undefined
  const uri = options.uri ?? (isOwn ? undefined : process.env.SESSIONKEEP_KEYV_URI || undefined)
  const given = [uri, keyv, adapter].filter((place) => place !== undefined)
  if (given.length !== 1) yield ['uri', 'give exactly one of uri (or SESSIONKEEP_KEYV_URI), keyv and adapter']
  if (uri !== undefined) {
    const target = typeof uri === 'string' ? parseTarget(uri) : 'expected a URI'
    if (typeof target === 'string') yield ['uri', target]
    if (durability !== undefined) yield ['durability', 'is for keyv and adapter alone: a server is asked']
    if (shared !== undefined) yield ['shared', 'is for keyv and adapter alone']
  }
  if (keyv !== undefined && !isAdapter((keyv as { store?: unknown } | null)?.store)) yield ['keyv', 'expected a Keyv']
  if (adapter !== undefined && !isAdapter(adapter)) yield ['adapter', 'expected a Keyv adapter: get, set and delete']
}

function isAdapter(value: unknown): boolean {
  const methods: Readonly<Record<string, unknown>> | undefined =
    typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  return ['get', 'set', 'delete'].every((method) => typeof methods?.[method] === 'function')
}

export function isText(value: unknown): value is string {
  return typeof value === 'string' && !/\0|[\ud800-\udfff]/u.test(value)
}
