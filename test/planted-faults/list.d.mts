/** One mistake that somebody could make: a change of one source file, and the test that has to turn red. */
export interface PlantedFault {
  readonly name: string
  readonly file: string
  /** Stands exactly once in the file. */
  readonly find: string
  readonly replace: string
  /** `title`: the beginning of the test's title; without it the whole file. */
  readonly caughtBy: { readonly file: string; readonly title?: string }
}

export const plantedFaults: readonly PlantedFault[]
