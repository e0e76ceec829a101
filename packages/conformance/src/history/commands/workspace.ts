import fc from 'fast-check'
import { OBSTRUCTED } from '../planted.ts'

/**
 * Draws a workspace. There are few, so that steps often share one. The last is drawn seldom: its name may be occupied
 * in the stores.
 */
export const workspace: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('a', 'b', 'c') },
  { weight: 1, arbitrary: fc.constant(OBSTRUCTED) },
)
