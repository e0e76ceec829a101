import {
  type Clock,
  ConfigError,
  type Logger,
  type SessionNameCodec,
  type StandardSchema,
  strictOptions,
} from '@sessionkeep/contracts'
import type { HostSession, SessionHost } from '@sessionkeep/contracts/host'
import { faultsOf, loggerType, ms, objectWithMethods, once, poolIdType } from '@sessionkeep/contracts/internal'
import {
  type EndedSession,
  type HistoryOptions,
  historyOptions,
  type ResolvedHistory,
  type ResolvedResume,
  type ResumeOptions,
  resumeOptions,
} from '@sessionkeep/resume'
import type { MetadataOptions } from '@sessionkeep/selection'
import { metadataOptions, POOL_ID_VARIABLE } from '@sessionkeep/selection/internal'
import * as z from 'zod'
import type { SessionView } from '../sessions/session.ts'
import type { LaunchOptions } from './verbs/launch-options.ts'

/** The options of {@link createSessionPool}. */
export interface SessionPoolOptions<Attributes> {
  /** Where the sessions run: `tmuxHost()`, for example. */
  readonly host: SessionHost
  /** Where metadata is kept. @defaultValue the store `file` with its default directory */
  readonly metadata?: MetadataOptions | undefined
  /** The prefix of session names, before the workspace. A session with another prefix belongs to this pool only if it has its stamp. @defaultValue `'claude-'` */
  readonly sessionPrefix?: string | undefined
  /** The owner of the sessions and records. Stores keep the records of different ids apart. @defaultValue `SESSIONKEEP_POOL_ID`, else `metadata.poolId`, else the session prefix */
  readonly poolId?: string | undefined
  /**
   * Former ids of this pool, or its session prefix if it had no `poolId`. Sessions that are stamped with one of them still belong to
   * the pool. Records with one of them are moved once no pool with that id uses the store any more. @defaultValue `metadata.formerly`, else none
   */
  readonly formerly?: readonly string[] | undefined
  /** The most sessions at one time, including those that are being created. @defaultValue 50 */
  readonly maxSessions?: number | undefined
  /** How long a session must be silent before the pool may end it, ms; 0: never. @defaultValue 0 */
  readonly inactivityTimeoutMs?: number | undefined
  /** Whether the silence of an earlier run counts towards `inactivityTimeoutMs`, measured by the clock of the machine. If not, it begins anew with each run. @defaultValue false */
  readonly silenceOverRestarts?: boolean | undefined
  /** How long a session may live before the pool ends it, as soon as it is idle and nobody is attached, ms; 0: for ever. @defaultValue 0 */
  readonly maxLifeMs?: number | undefined
  /**
   * How long a session whose status is `active` without any request of this run must be silent until it counts as idle, ms;
   * 0: for ever. A gateway that was killed during a request leaves such sessions, which are not ended for silence. @defaultValue 0
   */
  readonly staleActiveMs?: number | undefined
  /**
   * What happens to a new session when there are `maxSessions`: `reject` refuses it with `SESSION_LIMIT`; `queue` lets it wait
   * for `fullTimeoutMs`, in the order of the calls; `evict-idle` ends the session that has been idle longest, with the same
   * exceptions as for silence, `mayReap` included. @defaultValue `'reject'`
   */
  readonly whenFull?: 'reject' | 'queue' | 'evict-idle' | undefined
  /** How long a new session waits for room with `whenFull: 'queue'`, ms. @defaultValue 30000 */
  readonly fullTimeoutMs?: number | undefined
  /** How often the pool looks for silent sessions and expired records, ms. @defaultValue 300000 */
  readonly cleanupIntervalMs?: number | undefined
  /** How long a session counts as alive after the host listed it, ms. The pool polls the host a little more often. @defaultValue 5000 */
  readonly livenessIntervalMs?: number | undefined
  /** How long `ready` may take, and also `launch`, `resume.check` and `resume.prepare`, ms. @defaultValue 10000 */
  readonly readyTimeoutMs?: number | undefined
  /** How long the record of a session that ended by itself is kept, ms. @defaultValue 7 days */
  readonly orphanTtlMs?: number | undefined
  /** Which ended sessions come back, when, and how many at a time. @defaultValue sessions come back by `resume()` and `resumeSession()` only */
  readonly resume?: ResumeOptions<Attributes> | undefined
  /** What is kept of sessions that have ended. */
  readonly history?: HistoryOptions | undefined
  /**
   * Returns working directory, environment, command and size for a new session. Options of `getOrCreateSession()` win over them.
   * `previous` is the last ended session of the workspace; undefined if there was none, or no store that knows of it has
   * answered. With its attributes an agent can go on with its conversation.
   * @defaultValue the host's defaults
   */
  readonly launch?:
    | ((
        workspace: string,
        attributes: Attributes | undefined,
        previous: EndedSession<Attributes> | undefined,
      ) => LaunchOptions | Promise<LaunchOptions>)
    | undefined
  /** Awaited before a new session is returned. If it rejects, the session is ended. @defaultValue a session is ready at once */
  readonly ready?: ((session: HostSession & { readonly workspace: string }) => unknown) | undefined
  /** Called before the pool ends a session for its silence, its age, or to make room. Any result other than true keeps the session. @defaultValue every such session may be ended */
  readonly mayReap?: ((session: SessionView<Attributes>) => boolean | Promise<boolean>) | undefined
  /** Whether sessions without a stamp are taken in when their name fits: all of them (`prefix`), none, or those for which the function returns true. @defaultValue `'prefix'` */
  readonly takeIn?: ('prefix' | 'none' | ((session: HostSession) => boolean)) | undefined
  /**
   * How workspaces become session names. `plain`: the prefix followed by the workspace, which has 1 to 64 characters from
   * `[A-Za-z0-9_-]`. `encoded`: a workspace may be any text, such as `/home/me/x`; letters, digits and `-` stay, other characters
   * are written as their codes, and a name has at most 200 characters. Or a codec of your own. @defaultValue `'plain'`
   */
  readonly sessionName?: 'plain' | 'encoded' | SessionNameCodec | undefined
  /** The schema of attributes: any synchronous Standard Schema. @defaultValue any JSON object */
  readonly attributes?: StandardSchema<Attributes> | undefined
  /** An `observer` lists sessions and sends to them. It never creates or ends a session, and writes no record. @defaultValue `'owner'` */
  readonly role?: 'owner' | 'observer' | undefined
  /** The logger. @defaultValue lines of JSON on standard error, from `SESSIONKEEP_LOG_LEVEL` up, else from `info` */
  readonly logger?: Logger | undefined
  /** The source of time and timers; tests may pass a virtual one. @defaultValue the clock of this machine */
  readonly clock?: Clock | undefined
}

const schema = once(() => {
  const call = z
    .custom<(...args: never[]) => unknown>((value) => typeof value === 'function', 'must be a function')
    .optional()
  const standardSchema = z.custom<StandardSchema>(
    isSynchronousSchema,
    'must be a synchronous Standard Schema (zod, valibot, …)',
  )
  return strictOptions({
    host: objectWithMethods('list', 'create', 'kill', 'sendText', 'capture'),
    metadata: metadataOptions().prefault({}),
    sessionPrefix: z
      .string()
      .regex(
        /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/,
        'must be 1 to 64 characters from A-Z, a-z, 0-9, _ and -, the first a letter or digit',
      )
      .default('claude-'),
    poolId: poolIdType.optional(),
    formerly: z.array(poolIdType).optional(),
    maxSessions: z.int().min(1).default(50),
    inactivityTimeoutMs: z.number().min(0).default(0),
    silenceOverRestarts: z.boolean().default(false),
    maxLifeMs: z.number().min(0).default(0),
    staleActiveMs: z.number().min(0).default(0),
    whenFull: z.enum(['reject', 'queue', 'evict-idle']).default('reject'),
    fullTimeoutMs: ms(30_000),
    cleanupIntervalMs: ms(300_000),
    livenessIntervalMs: ms(5000),
    readyTimeoutMs: ms(10_000),
    orphanTtlMs: z
      .number()
      .min(0)
      .default(7 * 24 * 3600 * 1000),
    resume: resumeOptions().prefault({}),
    history: historyOptions().prefault({}),
    launch: call,
    ready: call,
    mayReap: call,
    takeIn: z.union([z.enum(['prefix', 'none']), z.custom((value) => typeof value === 'function')]).default('prefix'),
    sessionName: z.union([z.enum(['plain', 'encoded']), objectWithMethods('encode', 'decode')]).default('plain'),
    attributes: standardSchema.optional(),
    role: z.enum(['owner', 'observer']).default('owner'),
    logger: loggerType.optional(),
    clock: objectWithMethods('date', 'now', 'after').optional(),
  })
})

type Defaults =
  | 'metadata'
  | 'sessionPrefix'
  | 'maxSessions'
  | 'inactivityTimeoutMs'
  | 'silenceOverRestarts'
  | 'maxLifeMs'
  | 'staleActiveMs'
  | 'sessionName'
  | 'whenFull'
  | 'fullTimeoutMs'
  | 'cleanupIntervalMs'
  | 'livenessIntervalMs'
  | 'readyTimeoutMs'
  | 'orphanTtlMs'
  | 'formerly'
  | 'resume'
  | 'history'
  | 'takeIn'
  | 'role'

type Undecided = 'store' | 'flag' | 'source' | 'poolId' | 'formerly'

type Filled<Options> = { readonly [Name in keyof Options]-?: Exclude<Options[Name], undefined> }

/** The options with every default filled in. */
export type ResolvedOptions = Omit<SessionPoolOptions<unknown>, Defaults> &
  Filled<Pick<SessionPoolOptions<unknown>, Exclude<Defaults, 'metadata' | 'resume' | 'history'>>> & {
    readonly resume: ResolvedResume
    readonly history: ResolvedHistory
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
    // The schema may throw for the empty object that it was tried with, so it is not refused here.
    return true
  }
}

/** The `poolId` of the environment. @throws `CONFIG_INVALID` when it cannot be one. */
function poolIdFromEnvironment(): string | undefined {
  const text = process.env[POOL_ID_VARIABLE]?.trim()
  if (!text) return undefined
  const { data, error } = poolIdType.safeParse(text)
  if (!error) return data
  throw new ConfigError('CONFIG_INVALID', `${POOL_ID_VARIABLE}: ${faultsOf(error.issues)}`, { cause: error })
}

/** Checks the options and fills in defaults. @throws `CONFIG_INVALID` with every wrong option. */
export function resolveOptions(options: unknown): ResolvedOptions {
  // A program makes few pools, so zod need not compile a checker for their options, which takes longer than the check.
  const parsed = schema().safeParse(options, { jitless: true })
  if (parsed.success) {
    const { poolId = poolIdFromEnvironment(), formerly, metadata } = parsed.data
    const id = poolId ?? metadata.poolId
    // The pool's own id may be among them: as a `poolId` it has a namespace, as a session prefix it has none.
    const former = formerly ?? metadata.formerly ?? []
    return { ...parsed.data, ...(id !== undefined && { poolId: id }), formerly: former } as unknown as ResolvedOptions
  }
  throw new ConfigError(
    'CONFIG_INVALID',
    `createSessionPool() cannot use these options: ${faultsOf(parsed.error.issues)}`,
    { cause: parsed.error },
  )
}
