import { ConfigError } from '@sessionkeep/contracts/errors'
import type { FlagAnswer, FlagListener, FlagSource } from './flag-source.ts'

/** The events of an OpenFeature client after which its flags may have other values. */
type FlagEvent = 'PROVIDER_READY' | 'PROVIDER_ERROR' | 'PROVIDER_CONFIGURATION_CHANGED' | 'PROVIDER_STALE'

/** The result of a flag evaluation, as in OpenFeature's `EvaluationDetails`. */
interface FlagDetails {
  readonly value: unknown
  readonly reason?: string | undefined
  readonly variant?: string | undefined
  readonly errorCode?: string | undefined
  readonly errorMessage?: string | undefined
}

/** A listener of such an event. */
type Handler = (details?: { readonly message?: string | undefined }) => void

/** The methods of an OpenFeature client that the flag uses. The client of `@openfeature/server-sdk` has them. */
export interface OpenFeatureClient {
  /** Gives the value of a flag that is a text, or `fallback` with the reason. */
  getStringDetails(key: string, fallback: string, context?: OpenFeatureContext): Promise<FlagDetails>
  /** Gives the value of a flag that is an object, or `fallback` with the reason. */
  getObjectDetails(key: string, fallback: Record<string, never>, context?: OpenFeatureContext): Promise<FlagDetails>
  /** Adds a listener for changes. If the client has no such method, the pool does not notice a change of the flag while it runs. */
  addHandler?(event: FlagEvent, handler: Handler): void
  /** Removes a listener that `addHandler()` has added. Called when the pool stops. */
  removeHandler?(event: FlagEvent, handler: Handler): void
}

/** The facts by which a provider may choose; OpenFeature's evaluation context. */
type OpenFeatureContext = Readonly<Record<string, string | number | boolean>>

/** The options of {@link openFeatureFlag}. */
export interface OpenFeatureFlagOptions {
  readonly client: OpenFeatureClient
  /** The key of the flag. Its value is a store's name, or `{ store, mirror }`. */
  readonly key: string
  /** Passed to the provider with each evaluation. @defaultValue none */
  readonly context?: OpenFeatureContext | undefined
  /** How long the pool waits for an answer before it skips the flag, ms. @defaultValue 3000 */
  readonly timeoutMs?: number | undefined
}

const CHANGES: readonly FlagEvent[] = [
  'PROVIDER_READY',
  'PROVIDER_CONFIGURATION_CHANGED',
  // The values of a provider may be old then, but they are still its answers.
  'PROVIDER_STALE',
]
/** The fallback: the client returns it if the provider has no value. */
const NOTHING = ''

/**
 * Makes a flag source, for `metadata.flag`, that reads the store from an OpenFeature flag.
 *
 * @example
 * ```ts
 * const flag = openFeatureFlag({ client: OpenFeature.getClient(), key: 'session-store' })
 * const pool = createSessionPool({ host, metadata: { ...(await loadConfig()), flag } })
 * ```
 */
export function openFeatureFlag({ client, key, context, timeoutMs }: OpenFeatureFlagOptions): FlagSource {
  return {
    key,
    timeoutMs,
    async read() {
      const details = await client.getStringDetails(key, NOTHING, context)
      if (details.errorCode !== 'TYPE_MISMATCH') return answerOf(details)
      return answerOf(await client.getObjectDetails(key, {}, context))
    },
    subscribe({ changed, failed }: FlagListener) {
      const onChange: Handler = () => changed()
      const onError: Handler = (details) =>
        failed(`the provider failed${details?.message ? `: ${details.message}` : ''}`)
      for (const event of CHANGES) client.addHandler?.(event, onChange)
      client.addHandler?.('PROVIDER_ERROR', onError)
      return () => {
        for (const event of CHANGES) client.removeHandler?.(event, onChange)
        client.removeHandler?.('PROVIDER_ERROR', onError)
      }
    },
  }
}

function answerOf({ value, reason, variant, errorCode, errorMessage }: FlagDetails): FlagAnswer {
  const said = [errorCode, errorMessage].filter(Boolean).join(': ')
  if (!errorCode) return { value, reason: [reason, variant && `variant ${variant}`].filter(Boolean).join(', ') }
  if (errorCode === 'FLAG_NOT_FOUND') return { value: undefined, reason: said }
  if (errorCode === 'PROVIDER_NOT_READY') return { value: undefined, reason: said, isPending: true }
  if (errorCode === 'TYPE_MISMATCH' || errorCode === 'PARSE_ERROR') {
    throw new ConfigError('CONFIG_INVALID', `the flag is neither a string nor { store, mirror }: ${said}`)
  }
  throw new Error(said)
}
