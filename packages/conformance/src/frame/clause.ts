/**
 * One promise of a contract, and its test. Each run gets a new `Trial`. `run` throws when the promise is broken, and calls
 * `notApplicable()` when the promise does not concern the store or host.
 */
export interface Clause<Trial, Declared, Means extends string> {
  /** The name in reports, `group.word`. It does not change between releases. */
  readonly id: string
  /** The promise, as a sentence of the contract if it has one. */
  readonly title: string
  /**
   * Whether the promise concerns a store or host with these declarations.
   *
   * @defaultValue every store or host
   */
  readonly applies?: (declared: Declared) => boolean
  /** The option of the suite that the clause needs. */
  readonly needs?: Means
  readonly run: (trial: Trial) => Promise<void>
}

class NotApplicable extends Error {}

/** Ends a clause that does not concern the store or host under test. */
export function notApplicable(reason: string): never {
  throw new NotApplicable(reason)
}

export function isNotApplicable(error: unknown): error is Error {
  return error instanceof NotApplicable
}
