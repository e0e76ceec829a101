/** The answer of a flag service to the question which store to use. */
export interface FlagAnswer {
  /**
   * The name of a store, or `{ store, mirror }`. Undefined, null, an empty text and an empty object mean that the flag
   * selects nothing. Any other value is reported as invalid.
   */
  readonly value: unknown
  /** Why the flag has this value, for people: a rule, a variant, or why it has no value. */
  readonly reason?: string | undefined
  /** True while the flag service is starting. `start()` of the pool then waits for it, for at most `timeoutMs`. @defaultValue false */
  readonly isPending?: boolean | undefined
}

/** What a flag source calls when something changes. */
export interface FlagListener {
  /** The value may have changed. The pool then calls `read()`. */
  changed(): void
  /** The service has failed. The pool keeps using the last good value. */
  failed(reason: string): void
}

/**
 * A feature flag that selects the store. `openFeatureFlag()` of `@sessionkeep/core/openfeature` makes one from an OpenFeature
 * client; for any other flag service, implement this interface. The pool redacts credentials in everything that it reports.
 *
 * @example
 * ```ts
 * const flag: FlagSource = {
 *   key: 'session-store',
 *   read: async () => ({ value: await service.valueOf('session-store') }),
 *   subscribe: ({ changed }) => service.onChange(changed),
 * }
 * ```
 */
export interface FlagSource {
  /** The name of the flag, for logs and status. */
  readonly key: string
  /** How long the pool waits for an answer before it skips the flag, ms. @defaultValue 3000 */
  readonly timeoutMs?: number | undefined
  /**
   * Reads the value of the flag now. Reject with a `ConfigError` when the value can never be used, and with any other error
   * when the service does not answer. In both cases the pool keeps using the last good value.
   */
  read(): Promise<FlagAnswer>
  /**
   * Subscribes to changes, and returns the function that unsubscribes. Called once, at the start of the pool. Without it, the
   * flag is read at the start, and again only until it has given a valid answer.
   */
  subscribe?(listener: FlagListener): () => void
}
