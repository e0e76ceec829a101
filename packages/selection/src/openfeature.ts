import { ConfigError } from '@sessionkeep/contracts/errors'
import type { FlagAnswer, FlagListener, FlagSource } from './flag-source.ts'

/** The events of an OpenFeature client after which its flags may have other values. */
type FlagEvent = 'PROVIDER_READY' | 'PROVIDER_ERROR' | 'PROVIDER_CONFIGURATION_CHANGED' | 'PROVIDER_STALE'

/** What a flag evaluation gives; OpenFeature's `EvaluationDetails` fit. */
interface FlagDetails {
  readonly value: unknown
  readonly reason?: string | undefined
  readonly variant?: string | undefined
  readonly errorCode?: string | undefined
  readonly errorMessage?: string | undefined
}

/** A listener of such an event. */
type Handler = (details?: { readonly message?: string | undefined }) => void

/** What is asked of an OpenFeature client: the one of `@openfeature/server-sdk` fits as it is. */
export interface OpenFeatureClient {
  /** Gives the value of a flag that is a text, or `fallback` with the reason. */
  getStringDetails(key: string, fallback: string, context?: OpenFeatureContext): Promise<FlagDetails>
  /** Gives the value of a flag that is an object, or `fallback` with the reason. */
  getObjectDetails(key: string, fallback: Record<string, never>, context?: OpenFeatureContext): Promise<FlagDetails>
  /** Without it, a change of the flag is not heard of while the pool runs. */
  addHandler?(event: FlagEvent, handler: Handler): void
  /** Removes what `addHandler()` was given; called when the pool stops. */
  removeHandler?(event: FlagEvent, handler: Handler): void
}

/** The facts by which a provider may choose; OpenFeature's evaluation context. */
type OpenFeatureContext = Readonly<Record<string, string | number | boolean>>

/** The options of {@link openFeatureFlag}. */
export interface OpenFeatureFlagOptions {
  readonly client: OpenFeatureClient
  /** The key of the flag. Its value is a store's name, or `{ store, mirror }`. */
  readonly key: string
  /** Given with each evaluation. @defaultValue none */
  readonly context?: OpenFeatureContext | undefined
  /** How long an answer is waited for before the flag is skipped, ms. @defaultValue 3000 */
  readonly timeoutMs?: number | undefined
}

const CHANGES: readonly FlagEvent[] = [
  'PROVIDER_READY',
  'PROVIDER_CONFIGURATION_CHANGED',
  // Its values may be old, and are still its answers.
  'PROVIDER_STALE',
]
/** Given as the fallback, and given back where the provider has no value of its own. */
const NOTHING = ''

/**
 * The store as an OpenFeature flag says it, for `metadata.flag`.
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
