import type fc from 'fast-check'
import type { World } from '../world.ts'

/** One step of a history. */
export interface Command {
  /** The line that stands for this step in a printed history. */
  readonly label: string
  run(world: World): Promise<void> | void
}

/** A kind of step, and its weight when a step is drawn. */
export interface Kind {
  readonly weight: number
  readonly arbitrary: fc.Arbitrary<Command>
}
