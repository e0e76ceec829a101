/** What a flag evaluation gives; OpenFeature's `EvaluationDetails` fit. */
export interface FlagDetails {
  readonly value: unknown
  readonly reason?: string | undefined
  readonly variant?: string | undefined
  readonly errorCode?: string | undefined
  readonly errorMessage?: string | undefined
}

/** What is asked of an OpenFeature client: the one of `@openfeature/server-sdk` fits as it is. */
export interface FlagClient {
  getStringDetails(key: string, fallback: string, context?: FlagContext): Promise<FlagDetails>
  getObjectDetails(key: string, fallback: Record<string, never>, context?: FlagContext): Promise<FlagDetails>
  /** Without it, a change of the flag is not heard of while the pool runs. */
  addHandler?(event: FlagEvent, handler: (details?: FlagEventDetails) => void): void
  removeHandler?(event: FlagEvent, handler: (details?: FlagEventDetails) => void): void
}

export type FlagEvent = 'PROVIDER_READY' | 'PROVIDER_ERROR' | 'PROVIDER_CONFIGURATION_CHANGED' | 'PROVIDER_STALE'

export interface FlagEventDetails {
  readonly message?: string | undefined
}

/** The facts by which a provider may choose; OpenFeature's evaluation context. */
export type FlagContext = Readonly<Record<string, string | number | boolean>>

/** The flag that says which store is wanted. Its value is a store's name, or `{ store, mirror }`. */
export interface FlagOptions {
  readonly client: FlagClient
  readonly key: string
  /** Given with each evaluation. Default none. */
  readonly context?: FlagContext | undefined
  /** How long an answer is waited for before the flag is passed over, ms. Default 3000. */
  readonly timeoutMs?: number | undefined
}
