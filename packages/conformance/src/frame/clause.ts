/**
 * One promise, and how it is tried. `Trial` is what a clause is given: fresh at every run.
 * The body throws where the promise is broken, and `notApplicable()` where it says nothing about what is tested.
 */
export interface Clause<Trial, Declared, Means extends string> {
  /** Stable, for reports: `group.word`. */
  readonly id: string
  /** The promise, in the contract's words where it has them. */
  readonly title: string
  /** Whether it says anything about what was declared. Default: it does. */
  readonly applies?: (declared: Declared) => boolean
  /** What the author has to bring for it to be tried. */
  readonly needs?: Means
  readonly run: (trial: Trial) => Promise<void>
}

class NotApplicable extends Error {}

/** Ends a clause that finds that it says nothing about what is tested. */
export function notApplicable(reason: string): never {
  throw new NotApplicable(reason)
}

export function isNotApplicable(error: unknown): error is Error {
  return error instanceof NotApplicable
}
