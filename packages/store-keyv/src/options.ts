import { checkOptions, isWellFormed, MAX_TIMER_MS, type StoreCapabilities, strictOptions } from '@sessionkeep/contracts'
import * as z from 'zod'
import type { AdapterLike, KeyvLike } from './engines/adapter-like.ts'
import { parseTarget } from './target.ts'

/** Options of {@link keyvStore}. Exactly one of `uri`, `keyv` and `adapter` is needed. */
export interface KeyvStoreOptions {
  /**
   * The server or file: `redis://`, `rediss://` (TLS), `valkey://`, `valkeys://` (TLS), each also with `+sentinel` or
   * `+cluster` as in `redis+sentinel://host1,host2/master-name`; `postgres://`, `postgresql://`, `sqlite://`,
   * `etcd://` or `etcds://` (TLS).
   *
   * @defaultValue `SESSIONKEEP_KEYV_URI`
   */
  readonly uri?: string | undefined
  /** A Keyv instance to use instead of a URI. `close()` does not disconnect it. */
  readonly keyv?: KeyvLike | undefined
  /** A Keyv storage adapter to use instead of a URI. `close()` does not disconnect it. */
  readonly adapter?: AdapterLike | undefined
  /**
   * The beginning of all keys. Two namespaces never share a key.
   *
   * @defaultValue `'sessionkeep'`
   */
  readonly namespace?: string | undefined
  /**
   * The table in Postgres or SQLite: `[a-z_][a-z0-9_]*`.
   *
   * @defaultValue `'keyv'`
   */
  readonly table?: string | undefined
  /**
   * The schema of the table in Postgres: `[a-z_][a-z0-9_]*`. It must exist.
   *
   * @defaultValue `'public'`
   */
  readonly schema?: string | undefined
  /**
   * The time limit of a call or a connection attempt, ms.
   *
   * @defaultValue `5000`
   */
  readonly timeoutMs?: number | undefined
  /**
   * How long a lease lasts without a renewal, ms; then another process can take it. Only for servers. The lease of a
   * process that ended on the same machine can be taken at once.
   *
   * @defaultValue `15000`
   */
  readonly leaseMs?: number | undefined
  /**
   * The certificate authorities by which the certificate of the server is checked: PEM text, or the path of a PEM file.
   *
   * @defaultValue those of Node
   */
  readonly tlsCa?: string | undefined
  /**
   * The certificate of this client: PEM text, or the path of a PEM file. Needs `tlsKey`.
   *
   * @defaultValue none
   */
  readonly tlsCert?: string | undefined
  /**
   * The private key of this client: PEM text, or the path of a PEM file. Needs `tlsCert`.
   *
   * @defaultValue none
   */
  readonly tlsKey?: string | undefined
  /**
   * The name that must be in the certificate of the server.
   *
   * @defaultValue the host that is connected to
   */
  readonly tlsServerName?: string | undefined
  /**
   * The password of the sentinels, for `redis+sentinel://` alone; the login in the URI is that of the Redis servers.
   *
   * @defaultValue none
   */
  readonly sentinelPassword?: string | undefined
  /**
   * The durability of an acknowledged write. Only for `keyv` and `adapter`, because the store cannot read their
   * settings.
   *
   * @defaultValue `'none'`
   */
  readonly durability?: StoreCapabilities['durability'] | undefined
  /**
   * Whether several processes may use it at once. Only for `keyv` and `adapter`.
   *
   * @defaultValue `false`
   */
  readonly shared?: boolean | undefined
}

const LEASE = 'expected a whole number of milliseconds from 1000 to 3600000'
const TIMEOUT = 'expected a whole number of milliseconds from 1'

const identifier = z
  .string()
  .regex(/^[a-z_][a-z0-9_]{0,62}$/, 'expected at most 63 of a-z, 0-9 and _, not beginning with a digit')

/** The schema of `stores.keyv` in a configuration. Its messages show nothing of a URI but the scheme. */
export const optionsSchema: z.ZodType<KeyvStoreOptions> = strictOptions({
  uri: z.custom<string>().optional(),
  keyv: z.custom<KeyvLike>().optional(),
  adapter: z.custom<AdapterLike>().optional(),
  namespace: z.custom<string>(isText, 'expected well-formed text without NUL').optional(),
  table: identifier.optional(),
  schema: identifier.optional(),
  timeoutMs: z.int(TIMEOUT).min(1, TIMEOUT).max(MAX_TIMER_MS, TIMEOUT).optional(),
  tlsCa: z.string().min(1).optional(),
  tlsCert: z.string().min(1).optional(),
  tlsKey: z.string().min(1).optional(),
  tlsServerName: z.string().min(1).optional(),
  sentinelPassword: z.string().min(1).optional(),
  leaseMs: z.int(LEASE).min(1000, LEASE).max(3_600_000, LEASE).optional(),
  durability: z.enum(['none', 'process', 'power'], 'expected "none", "process" or "power"').optional(),
  shared: z.boolean('expected true or false').optional(),
}).superRefine((options, { addIssue }) => {
  for (const [key, message] of backendFaults(options)) addIssue({ code: 'custom', path: [key], message })
})

/**
 * Checks the options of `keyvStore()`.
 *
 * @throws `ConfigError` with `CONFIG_INVALID`
 */
export function checkedOptions(options: KeyvStoreOptions): KeyvStoreOptions {
  return checkOptions('keyvStore()', optionsSchema, options)
}

function* backendFaults(options: Readonly<Record<string, unknown>>): Iterable<[key: string, fault: string]> {
  const { keyv, adapter, durability, shared, tlsCert, tlsKey } = options
  const isOwn = keyv !== undefined || adapter !== undefined
  const uri = options.uri ?? (isOwn ? undefined : process.env.SESSIONKEEP_KEYV_URI || undefined)
  const given = [uri, keyv, adapter].filter((place) => place !== undefined)
  if (given.length !== 1) yield ['uri', 'give exactly one of uri (or SESSIONKEEP_KEYV_URI), keyv and adapter']
  if (uri !== undefined) {
    const target = typeof uri === 'string' ? parseTarget(uri) : 'expected a URI'
    if (typeof target === 'string') yield ['uri', target]
    if (durability !== undefined)
      yield ['durability', 'is only for keyv and adapter: for a server it is read from its settings']
    if (shared !== undefined) yield ['shared', 'is only for keyv and adapter']
  }
  if ((tlsCert === undefined) !== (tlsKey === undefined)) yield ['tlsKey', 'give tlsCert and tlsKey together']
  if (keyv !== undefined && !isAdapter((keyv as { store?: unknown } | null)?.store)) yield ['keyv', 'expected a Keyv']
  if (adapter !== undefined && !isAdapter(adapter)) yield ['adapter', 'expected a Keyv adapter: get, set and delete']
}

function isAdapter(value: unknown): boolean {
  const methods: Readonly<Record<string, unknown>> | undefined =
    typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  return ['get', 'set', 'delete'].every((method) => typeof methods?.[method] === 'function')
}

/** Whether this is a well-formed text without NUL. */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && isWellFormed(value) && !value.includes('\0')
}
