import fc from 'fast-check'
import { OBSTRUCTED } from '../planted.ts'

/** Few, so that histories meet; the last one's name is taken in the stores, and seldom drawn. */
export const workspace: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('a', 'b', 'c') },
  { weight: 1, arbitrary: fc.constant(OBSTRUCTED) },
)
