import * as z from 'zod'
import { faultsOf, strictOptions } from '../base/check-options.ts'
import type { Clock } from '../base/clock.ts'
import { loggerType, ms, objectWithMethods, poolIdType } from '../base/option-types.ts'
import type { MetadataOptions } from '../contracts/config-source.ts'
import type { Logger } from '../contracts/logger.ts'
import type { HostSession, SessionHost } from '../contracts/session-host.ts'
import type { StandardSchema } from '../contracts/standard-schema.ts'
import { ConfigError } from '../errors/config-error.ts'
import { metadataOptions } from '../selection/metadata-schema.ts'
import type { SessionNameCodec } from '../sessions/names.ts'
import type { SessionView } from '../sessions/session.ts'
import type { LaunchOptions } from './verbs/launch-options.ts'

export interface SessionPoolOptions<Attributes> {
  readonly host: SessionHost
  readonly metadata?: MetadataOptions | undefined
  /** Before the workspace in a session's name; sessions of other prefixes are not ours. Default `claude-`. */
  readonly sessionPrefix?: string | undefined
  /** Who owns sessions and records. Default: the session prefix. Stores keep pools of different ids apart. */
  readonly poolId?: string | undefined
  /** The most sessions at one time, those being created included. Default 50. */
  readonly maxSessions?: number | undefined
  /** Silence after which a session may be ended, ms; 0: never. Default 0. */
  readonly inactivityTimeoutMs?: number | undefined
  /** Between looks for sessions to end and records to expire, ms. Default 300000. */
  readonly cleanupIntervalMs?: number | undefined
  /** How long a session counts as alive after it was seen, ms; it is looked for again a little earlier. Default 5000. */
  readonly livenessIntervalMs?: number | undefined
  /** How long `ready` may take, ms. Default 10000. */
  readonly readyTimeoutMs?: number | undefined
  /** How long the record of a session that is no more is kept, ms. Default 7 days. */
  readonly orphanTtlMs?: number | undefined
  /** Working directory, environment and command whenever a session is made. What the caller of getOrCreateSession gives wins. */
  readonly launch?:
    | ((workspace: string, attributes: Attributes | undefined) => LaunchOptions | Promise<LaunchOptions>)
    | undefined
  /** Awaited before a new session is handed out; if it rejects, that session is ended. */
  readonly ready?: ((session: HostSession & { readonly workspace: string }) => unknown) | undefined
  /** Asked before an idle session is ended; anything but true spares it. Default: yes. */
  readonly mayReap?: ((session: SessionView<Attributes>) => boolean | Promise<boolean>) | undefined
  /** Whether unstamped sessions whose name is ours are taken into the pool. Default `prefix`: yes. */
  readonly adopt?: ('prefix' | 'none' | ((session: HostSession) => boolean)) | undefined
  readonly sessionName?: SessionNameCodec | undefined
  /** What the attributes must be; any synchronous Standard Schema. */
  readonly attributes?: StandardSchema<Attributes> | undefined
  /** `observer` reads and sends, and never creates, ends or writes. Default `owner`. */
  readonly role?: 'owner' | 'observer' | undefined
  /** Default: pino on standard error, from `warn` up. */
  readonly logger?: Logger | undefined
  /** The time; a virtual one in tests. Default: the clock of this machine. */
  readonly clock?: Clock | undefined
}

const call = z
  .custom<(...args: never[]) => unknown>((value) => typeof value === 'function', 'must be a function')
  .optional()
const standardSchema = z.custom<StandardSchema>(
  isSynchronousSchema,
  'must be a synchronous Standard Schema (zod, valibot, …)',
)

const schema = strictOptions({
  host: objectWithMethods('list', 'create', 'kill', 'sendText', 'capture'),
  metadata: metadataOptions.prefault({}),
  sessionPrefix: z
    .string()
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/,
      'must be 1 to 64 characters from A-Z, a-z, 0-9, _ and -, the first a letter or digit',
    )
    .default('claude-'),
  poolId: poolIdType.optional(),
  maxSessions: z.int().min(1).default(50),
  inactivityTimeoutMs: z.number().min(0).default(0),
  cleanupIntervalMs: ms(300_000),
  livenessIntervalMs: ms(5000),
  readyTimeoutMs: ms(10_000),
  orphanTtlMs: z
    .number()
    .min(0)
    .default(7 * 24 * 3600 * 1000),
  launch: call,
  ready: call,
  mayReap: call,
  adopt: z.union([z.enum(['prefix', 'none']), z.custom((value) => typeof value === 'function')]).default('prefix'),
  sessionName: objectWithMethods('encode', 'decode').optional(),
  attributes: standardSchema.optional(),
  role: z.enum(['owner', 'observer']).default('owner'),
  logger: loggerType.optional(),
  clock: objectWithMethods('date', 'now', 'after').optional(),
})

type Defaults =
  | 'metadata'
  | 'sessionPrefix'
  | 'maxSessions'
  | 'inactivityTimeoutMs'
  | 'cleanupIntervalMs'
  | 'livenessIntervalMs'
  | 'readyTimeoutMs'
  | 'orphanTtlMs'
  | 'adopt'
  | 'role'

type Undecided = 'store' | 'flag' | 'source'

type Filled<Options> = { readonly [Name in keyof Options]-?: Exclude<Options[Name], undefined> }

/** The options with every default filled in. */
export type ResolvedOptions = Omit<SessionPoolOptions<unknown>, Defaults> &
  Filled<Pick<SessionPoolOptions<unknown>, Exclude<Defaults, 'metadata'>>> & {
    readonly metadata: Filled<Omit<MetadataOptions, Undecided>> & Pick<MetadataOptions, Undecided>
  }

function isSynchronousSchema(value: unknown): boolean {
  const validate = (value as StandardSchema | undefined)?.['~standard']?.validate
  if (typeof validate !== 'function') return false
  try {
    const result = validate({})
    if (!(result instanceof Promise)) return true
    result.catch(() => undefined)
    return false
  } catch {
    // It may throw at what is no attributes of its kind; that is for when there are some.
    return true
  }
}

/** Checks what a program gave; throws `CONFIG_INVALID` naming each wrong option. */
export function resolveOptions(options: unknown): ResolvedOptions {
  const parsed = schema.safeParse(options)
  if (parsed.success) return parsed.data as unknown as ResolvedOptions
  throw new ConfigError(
    'CONFIG_INVALID',
    `createSessionPool() cannot use these options: ${faultsOf(parsed.error.issues)}`,
    { cause: parsed.error },
  )
}
