import { ConfigError, type Logger } from '@sessionkeep/core'
import * as z from 'zod'

/** What a caller may do: nothing, read, or also change. `true` means what `readOnly` allows. */
export type Access = boolean | 'read' | 'write'

/** A registry of metrics, such as the one of `promMetrics(pool)` in `@sessionkeep/telemetry/prom-client`. */
export interface MetricsSource {
  /** The type of the text. */
  readonly contentType: string
  /** The metrics as text. */
  metrics(): Promise<string>
}

/** The options of `createHttpApp()`. */
export interface HttpAppOptions {
  /** Whether requests may only read. Typing into a session runs programs, so whoever may change can run any command as the user of the gateway. @defaultValue true */
  readonly readOnly?: boolean | undefined
  /** The token that every request needs; 16 to 512 visible ASCII characters. @defaultValue a new random one of 256 bits, in `token` of the app */
  readonly token?: string | undefined
  /**
   * Decides about each request, in place of the token. A rejection counts as no access. Host and Origin are checked before it.
   * @defaultValue compares the token
   */
  readonly authorize?: ((request: Request) => Access | Promise<Access>) | undefined
  /** The names, with or without a port, by which the app is reached. A request for another host is refused, against DNS rebinding. @defaultValue `localhost`, `127.0.0.1` and `[::1]` */
  readonly hosts?: readonly string[] | undefined
  /** Further origins whose pages may call the app, for example `https://admin.example.com` behind a proxy. @defaultValue only the app's own */
  readonly origins?: readonly string[] | undefined
  /** The most bytes in the body of a request. @defaultValue 65536 */
  readonly maxBodyBytes?: number | undefined
  /** Whether `/readyz` answers 503 also while records are not kept: a selected store fails, or `memory` or `none` is selected. @defaultValue false */
  readonly requirePersistence?: boolean | undefined
  /** Whether the dashboard is served at the root of the app. @defaultValue true */
  readonly dashboard?: boolean | undefined
  /** The registry whose metrics `GET /metrics` shows, such as a `Registry` of prom-client. @defaultValue there is no such route */
  readonly metrics?: MetricsSource | undefined
  /** The most streams of events and output at the same time. @defaultValue 100 */
  readonly maxStreams?: number | undefined
  /** Where errors of the app itself are written. @defaultValue standard error */
  readonly logger?: Pick<Logger, 'error'> | undefined
}

/** The options with every default filled in. */
export interface ResolvedHttpOptions {
  readonly readOnly: boolean
  readonly token: string | undefined
  readonly authorize: HttpAppOptions['authorize']
  readonly hosts: readonly string[]
  readonly origins: readonly string[]
  readonly maxBodyBytes: number
  readonly requirePersistence: boolean
  readonly dashboard: boolean
  readonly metrics: MetricsSource | undefined
  readonly maxStreams: number
  readonly logger: Pick<Logger, 'error'>
}

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

const schema = z.strictObject({
  readOnly: z.boolean().default(true),
  token: z
    .string()
    .regex(/^[\x21-\x7e]{16,512}$/, 'must be 16 to 512 visible ASCII characters')
    .optional(),
  authorize: z
    .custom<HttpAppOptions['authorize']>((value) => typeof value === 'function', 'must be a function')
    .optional(),
  hosts: z.array(z.string().min(1)).default(LOOPBACK),
  origins: z.array(z.url({ protocol: /^https?$/, normalize: false })).default([]),
  maxBodyBytes: z.int().min(1).max(100_000_000).default(65_536),
  requirePersistence: z.boolean().default(false),
  dashboard: z.boolean().default(true),
  metrics: z
    .custom<MetricsSource>((value) => typeof (value as Partial<MetricsSource> | null)?.metrics === 'function')
    .optional(),
  maxStreams: z.int().min(1).default(100),
  logger: z
    .custom<Pick<Logger, 'error'>>((value) => typeof (value as Partial<Logger> | null)?.error === 'function')
    .default({ error: (fields: unknown, message?: string) => console.error(message, fields) }),
})

/** Checks the options and fills in defaults. @throws `CONFIG_INVALID` with every wrong option. */
export function resolveHttpOptions(options: HttpAppOptions): ResolvedHttpOptions {
  const { data, error } = schema.safeParse(options)
  if (error) {
    const faults = error.issues.map(({ path, message }) => `${path.join('.') || 'options'}: ${message}`)
    throw new ConfigError('CONFIG_INVALID', `createHttpApp() cannot use these options: ${faults.join('; ')}`)
  }
  const { token, authorize, metrics } = data
  if (token !== undefined && authorize !== undefined)
    throw new ConfigError('CONFIG_INVALID', 'createHttpApp() takes a token or authorize(), not both.')
  return { ...data, token, authorize, metrics }
}
