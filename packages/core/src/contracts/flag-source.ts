/** What a flag service says which store is wanted. */
export interface FlagAnswer {
  /**
   * The name of a store, or `{ store, mirror }`. Undefined, null, an empty text or an empty object: nothing is said. Any other
   * value is reported as unusable.
   */
  readonly value: unknown
  /** Why, for people: a rule, a variant, or why nothing is said. */
  readonly reason?: string | undefined
  /** The service has not started yet. At the start of the pool it is waited for, at most `timeoutMs`. @defaultValue false */
  readonly isPending?: boolean | undefined
}

/** What a flag source tells of changes. */
export interface FlagListener {
  /** The value may have changed, so that it is worth reading. */
  changed(): void
  /** The service has failed. Its last good value stays. */
  failed(reason: string): void
}

/**
 * A flag that says which store is wanted. `openFeatureFlag()` of `@sessionkeep/core/openfeature` makes one of an OpenFeature client; any other flag service is
 * had by implementing this. The pool masks credentials in what it reports.
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
  /** What the flag is called, for people. */
  readonly key: string
  /** How long an answer is waited for before the flag is skipped, ms. @defaultValue 3000 */
  readonly timeoutMs?: number | undefined
  /**
   * What the flag says now. A rejection with a `ConfigError` says that its value can never be used; any other one that there is
   * no answer. Either keeps the last good value.
   */
  read(): Promise<FlagAnswer>
  /**
   * Called once, at the start of the pool; returns what ends it. Without it, the flag is read at the start, and after that
   * only until it has answered.
   */
  subscribe?(listener: FlagListener): () => void
}
