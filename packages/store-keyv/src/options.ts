import {
  checkOptions,
  isWellFormed,
  MAX_TIMER_MS,
  type StoreCapabilities,
  strictOptions,
} from '@sessionkeep/core/store'
import * as z from 'zod'
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

const TIMEOUT = 'expected a whole number of milliseconds from 1'

/** What stands under `stores.keyv` in a configuration. Its faults repeat nothing of a URI but its scheme. */
export const optionsSchema: z.ZodType<KeyvStoreOptions> = strictOptions({
  uri: z.custom<string>().optional(),
  keyv: z.custom<KeyvLike>().optional(),
  adapter: z.custom<AdapterLike>().optional(),
  namespace: z.custom<string>(isText, 'expected well-formed text without NUL').optional(),
  table: z
    .string()
    .regex(/^[a-z_][a-z0-9_]{0,62}$/, 'expected at most 63 of a-z, 0-9 and _, not beginning with a digit')
    .optional(),
  timeoutMs: z.int(TIMEOUT).min(1, TIMEOUT).max(MAX_TIMER_MS, TIMEOUT).optional(),
  durability: z.enum(['none', 'process', 'power'], 'expected "none", "process" or "power"').optional(),
  shared: z.boolean('expected true or false').optional(),
}).superRefine((options, { addIssue }) => {
  for (const [key, message] of placeFaults(options)) addIssue({ code: 'custom', path: [key], message })
})

/** The options of `keyvStore()`. Throws `ConfigError` `CONFIG_INVALID`. */
export function checkedOptions(options: KeyvStoreOptions): KeyvStoreOptions {
  return checkOptions('keyvStore()', optionsSchema, options)
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
  return typeof value === 'string' && isWellFormed(value) && !value.includes('\0')
}
