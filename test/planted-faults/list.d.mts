/** A mistake that a programmer could make: a change of one source file, and the test that must fail. */
export interface PlantedFault {
  readonly name: string
  readonly file: string
  /** A text that occurs exactly once in the file. */
  readonly find: string
  readonly replace: string
  /** `title` is the beginning of the test's title; without it the whole file is run. */
  readonly caughtBy: { readonly file: string; readonly title?: string }
}

export const plantedFaults: readonly PlantedFault[]
