import type fc from 'fast-check'
import type { World } from '../world.ts'

/** One step of a history. */
export interface Command {
  /** As a line of the history. */
  readonly told: string
  run(world: World): Promise<void> | void
}

/** A kind of steps, and how often one is drawn among the others. */
export interface Kind {
  readonly weight: number
  readonly arbitrary: fc.Arbitrary<Command>
}
